import { EnvelopeError, type ErrorCode } from '../../core/errors.ts';
import type { Arguments } from '../arguments.ts';
import { openInput } from '../input.ts';
import { inspectSource } from '../inspect/inspect-source.ts';
import type { Report } from '../inspect/report.ts';
import { reportText } from '../inspect/text.ts';
import { localSource } from '../local-source.ts';
import { type Location, parseLocation } from '../location.ts';
import { pipeSource } from '../pipe-source.ts';
import type { SealedSource } from '../sealed-source.ts';
import { writeLine } from '../stdio.ts';
import { usageError } from '../usage-error.ts';

/** Reports on everything first; rejects with the first problem that was found, so that a script sees it. */
export async function inspect(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, values } = args;
  if (positionals.length > 1 && values.metadata !== undefined) {
    throw usageError('--metadata belongs to one SOURCE');
  }
  const reports: Report[] = [];
  const locations = positionals.map(parseLocation);
  for (const [index, location] of locations.entries()) {
    try {
      reports.push(await inspectAt(args, location, signal));
    } catch (error) {
      const isOneOfMany = positionals.length > 1 && error instanceof EnvelopeError;
      // Among several, what cannot be read hides nothing of the others.
      if (!isOneOfMany || signal.aborted || error.code === 'bad-argument') throw error;
      reports.push(unreadable(positionals[index] ?? '', error));
    }
  }
  if (values.json) await writeLine(JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2));
  else await writeLine(reports.map(reportText).join('\n\n'));
  const problem = reports.find((report) => report.problem)?.problem;
  if (problem) throw new EnvelopeError(problem.code as ErrorCode, problem.message);
}

async function inspectAt(args: Arguments, location: Location, signal: AbortSignal): Promise<Report> {
  const source = await openSource(args, location, signal);
  try {
    return await inspectSource(source, args.values['instruction-suffix'], signal);
  } finally {
    await source.close();
  }
}

function unreadable(source: string, { code, message }: EnvelopeError): Report {
  const title = 'it could not be looked at';
  return { source, kind: 'unreadable', title, opensWith: [], remarks: [], problem: { code, message } };
}

async function openSource(args: Arguments, location: Location, signal: AbortSignal): Promise<SealedSource> {
  const { values } = args;
  if (location.kind === 's3') {
    const { openBucket } = await import('../s3/bucket.ts');
    const bucket = await openBucket(args, location.bucket, signal);
    return bucket.source(location.key, values['version-id']);
  }
  const input = await openInput(location);
  if (input.kind === 'file') return localSource(location, input, values.metadata);
  return pipeSource(location, input, values.metadata, signal);
}

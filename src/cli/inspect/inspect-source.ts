import { EnvelopeError } from '../../core/errors.ts';
import { type Recognised, recognise } from '../recognise.ts';
import type { SealedSource } from '../sealed-source.ts';
import { reportMessage } from './esdk.ts';
import { reportOther } from './other.ts';
import type { Report } from './report.ts';
import { reportObject } from './s3ec.ts';

/** Explains stored bytes. What is damaged is a part of the report, not a failure. */
export async function inspectSource(
  source: SealedSource,
  suffix: string | undefined,
  signal: AbortSignal,
): Promise<Report> {
  const { storage } = source;
  const said = Object.entries(storage ?? {}).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const report = await reportOn(source, suffix, signal);
  return said.length > 0 ? { ...report, storage: Object.fromEntries(said) } : report;
}

async function reportOn(
  source: SealedSource,
  suffix: string | undefined,
  signal: AbortSignal,
): Promise<Report> {
  let recognised: Recognised;
  try {
    recognised = await recognise(source, suffix, signal);
  } catch (error) {
    if (!(error instanceof EnvelopeError) || !['tampered', 'unsupported', 'policy'].includes(error.family)) {
      throw error;
    }
    return damaged(source, error);
  }
  if (recognised.format === 's3ec') return reportObject(source, recognised);
  if (recognised.format === 'esdk') return reportMessage(source, recognised.header, signal);
  return reportOther(source, recognised.beginning);
}

function damaged({ name, head }: SealedSource, { code, message }: EnvelopeError): Report {
  const isObject = Object.keys(head.metadata).some((field) =>
    /^x-amz-(key|3$|c$|d$|i$|w$|iv$|cek|wrap)/.test(field),
  );
  return {
    source: name,
    kind: isObject ? 's3ec' : 'esdk',
    title: isObject
      ? 'an object of S3EC with a damaged envelope'
      : 'a damaged message of the AWS Encryption SDK',
    ...(Number.isFinite(head.size) && { storedBytes: head.size }),
    opensWith: [],
    remarks: [],
    problem: { code, message },
  };
}

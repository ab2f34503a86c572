import type { Description } from '../../core/keyrings/keyring.ts';
import { printable } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import type { Report, Wrap } from './report.ts';

/** A report for a person, its lines without an end. What it quotes is made printable. */
export function reportText(report: Report): string {
  const rows = [
    ...sizes(report),
    ...row(
      'content',
      report.contentAlgorithm && `${report.contentAlgorithm.name} [${report.contentAlgorithm.id}]`,
    ),
    ...row(
      'commits',
      report.commitsToKey === undefined ? undefined : report.commitsToKey ? 'to its key' : 'no',
    ),
    ...row('signed', report.signed === undefined ? undefined : report.signed ? 'yes' : 'no'),
    ...row('frames', framesText(report.frames)),
    ...row(
      'envelope',
      report.envelopeIn && `in ${report.envelopeIn === 'metadata' ? 'the metadata' : report.envelopeIn}`,
    ),
    ...(report.wraps ?? []).flatMap((wrap) => row('data key', wrapText(wrap))),
    ...pairs('context', report.encryptionContext),
    ...pairs('described', report.materialsDescription),
    ...row('name', report.nameIsSealed ? 'sealed in the metadata; shown to whoever has the key' : undefined),
    ...row('key', report.fingerprint && `fingerprint ${report.fingerprint}`),
    ...row('guest', report.identityId),
    ...row('created', report.created),
    ...pairs('stored', report.storage),
    ...report.opensWith.flatMap((text) => row('opens with', text)),
    ...report.remarks.flatMap((text) => row('note', text)),
    ...row('PROBLEM', report.problem && `${report.problem.message} [${report.problem.code}]`),
  ];
  return [`${printable(report.source)}: ${printable(report.title)}`, ...rows].join('\n');
}

function row(label: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`  ${label.padEnd(11)} ${printable(text)}`];
}

function pairs(label: string, description: Description | undefined): readonly string[] {
  return Object.entries(description ?? {}).flatMap(([name, value]) => row(label, `${name} = ${value}`));
}

function sizes({ storedBytes, plaintextBytes }: Report): readonly string[] {
  if (storedBytes === undefined) return [];
  const stored = `${storedBytes} bytes stored${human(storedBytes)}`;
  return row(
    'size',
    plaintextBytes === undefined ? stored : `${plaintextBytes} bytes of plaintext, ${stored}`,
  );
}

const human = (bytes: number) => (bytes < 1000 ? '' : ` (${formatBytes(bytes)})`);

function framesText(frames: Report['frames']): string | undefined {
  if (frames === undefined) return undefined;
  if (frames === 'none') return 'none';
  const each = `${frames.length} bytes each`;
  return frames.count === undefined ? each : `${frames.count}, of up to ${each}`;
}

function wrapText({ algorithm, provider, key }: Wrap): string {
  return `wrapped by ${algorithm}${provider === undefined ? '' : ` (${provider}: ${key ?? ''})`}`;
}

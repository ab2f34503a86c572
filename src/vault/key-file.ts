import { fromBase64, toBase64 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { describeKey, importPersonalKey, type PersonalKey } from './personal-key.ts';

/**
 * The backup of a personal key: a small text file a person can read and store, JSON inside, good for any
 * client of the S3EC format as well. Where guests come with an identity it holds that too, since only that guest may
 * ask S3 for the files; both open everything, so the file is as secret as what it opens.
 */
export interface KeyFile {
  readonly fileName: string;
  readonly blob: Blob;
}

export interface RestoredKey {
  readonly key: PersonalKey;
  /** Undefined where it was made for people whom an organisation knows. */
  readonly identityId?: string;
}

const format = 's3-envelope-key';
export const longestFile = 16 * 1024;

/**
 * @param raw the 32 bytes of the key, wiped by the caller
 * @param identityId the guest's; undefined where there are none
 */
export function writeKeyFile(
  raw: Uint8Array,
  { fingerprint }: Pick<PersonalKey, 'fingerprint'>,
  identityId: string | undefined,
): KeyFile {
  const content = {
    read: 'Whoever has this file can open your files. Keep it where only you can get at it, and do not lose it: nobody else has this key.',
    format,
    version: 1,
    created: new Date().toISOString(),
    fingerprint,
    key: toBase64(raw),
    // Said in so many words: a file without the field is a damaged one.
    identityId: identityId ?? null,
    use: {
      what: 'AES-256 wrapping key of the Amazon S3 Encryption Client, format V3 (AES/GCM)',
      materialsDescription: describeKey(fingerprint),
    },
  };
  return {
    fileName: keyFileName(fingerprint),
    blob: new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: 'application/json' }),
  };
}

export function keyFileName(fingerprint: string): string {
  return `s3-envelope-key-${fingerprint.slice(0, 8)}.json`;
}

/** @throws `key-file-invalid`, its details saying what is wrong */
export async function readKeyFile(file: Blob): Promise<RestoredKey> {
  if (file.size > longestFile) throw invalid('it is too large');
  const content = parse(await file.text());
  if (content['format'] !== format) throw invalid('it is another kind of file');
  if (content['version'] !== 1) throw invalid('it is from a newer version');
  const { key: text, identityId, fingerprint } = content;
  const raw = typeof text === 'string' ? fromBase64(text) : undefined;
  if (raw?.length !== 32) throw invalid('the key in it is damaged');
  const key = await importPersonalKey(raw);
  raw.fill(0);
  if (key.fingerprint !== fingerprint) throw invalid('the key in it is damaged');
  if (identityId === null) return { key };
  if (typeof identityId !== 'string' || !/^[\w-]+:[0-9a-f-]{36}$/.test(identityId)) {
    throw invalid('the identity in it is damaged');
  }
  return { key, identityId };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below, without the text: it may hold a key.
  }
  throw invalid('it is another kind of file');
}

function invalid(reason: string): EnvelopeError {
  return new EnvelopeError('key-file-invalid', `not a usable key file: ${reason}`, { details: { reason } });
}

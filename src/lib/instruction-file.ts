import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, type ErrorCode } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';
import { type InstructionFile, maxInstructionFileBytes } from '../core/s3ec/s3ec.ts';
import { aborting } from '../store/asking.ts';
import type { CreationParameters } from '../store/aws/s3-store-over.ts';
import { readBody } from '../store/read-body.ts';
import type { Stored } from '../store/store.ts';
import { atLast } from '../transfer/send.ts';
import type { Connection } from './settings.ts';

/** An instruction file as it is stored. */
export interface FoundInstructionFile {
  readonly body: Bytes;
  readonly etag: string | undefined;
  readonly metadata: Metadata;
}

/** What an instruction file takes over from the object that it belongs to. */
const inherited = [
  'ACL',
  'BucketKeyEnabled',
  'SSEKMSEncryptionContext',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'Tagging',
] as const satisfies readonly (keyof CreationParameters)[];

/** `null` where there is none. Rejects with `metadata-invalid` for one that no client can have written. */
export async function fetchInstructionFile(
  { client, ask, always, signal }: Connection,
  Bucket: string,
  Key: string,
): Promise<FoundInstructionFile | null> {
  try {
    return await ask('GetObject', signal, async () => {
      const answer = await client.send(new GetObjectCommand({ ...always, Bucket, Key }), aborting(signal));
      const body = answer.Body?.transformToWebStream();
      const length = answer.ContentLength ?? 0;
      if (length > maxInstructionFileBytes) {
        await body?.cancel();
        throw new EnvelopeError('metadata-invalid', 'the instruction file is too long to be one', {
          details: { field: 'instruction file', length },
        });
      }
      return {
        body: await readBody(body, length, { signal }),
        etag: answer.ETag,
        metadata: answer.Metadata ?? {},
      };
    });
  } catch (error) {
    if (isCode(error, 'object-not-found')) return null;
    throw error;
  }
}

/** Stores it at `Key`, which has the suffix already, if `condition` holds (else `object-changed`). */
export async function storeInstructionFile(
  connection: Connection,
  Key: string,
  { body, metadata }: Pick<InstructionFile, 'body' | 'metadata'>,
  create: CreationParameters,
  condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string },
): Promise<Stored> {
  const taken = Object.fromEntries(inherited.map((name) => [name, create[name]]));
  const store = connection.store({ create: { ...taken, ContentType: 'application/json' }, condition });
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return store.put(Key, body, metadata, { sha256, signal: connection.signal });
}

/**
 * Stores an instruction file in place of whatever is there. What it returns puts that back, unless somebody else
 * has written since: the object that the new one belongs to may still fail to be stored.
 */
export async function replaceInstructionFile(
  connection: Connection,
  Bucket: string,
  Key: string,
  file: InstructionFile,
  create: CreationParameters,
): Promise<() => Promise<void>> {
  const before = await fetchInstructionFile(connection, Bucket, Key).catch((error: unknown) => {
    // Who may write and not read cannot put anything back.
    if (isCode(error, 'access-denied')) return null;
    throw error;
  });
  const { etag } = await storeInstructionFile(connection, Key, file, create, {});
  const whileOurs = etag === undefined ? {} : { IfMatch: etag };
  // What was cancelled must still be undone.
  const undoing = { ...connection, signal: AbortSignal.timeout(30_000) };
  return () =>
    atLast(async () => {
      if (before) await storeInstructionFile(undoing, Key, before, create, whileOurs);
      else await undoing.store().remove(Key);
    });
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof EnvelopeError && error.code === code;
}

/**
 * What a stored object is, in either format, so that the rest of `transfer` knows none. A file is an object of the S3
 * Encryption Client's format V3 or, above 64 GiB, a message of the Encryption SDK. (`lock-file.ts` makes them.)
 */
import { EnvelopeError } from '../core/errors.ts';
import { loadPart } from '../core/load-part.ts';
import type { Metadata } from '../core/object.ts';
import { type Envelope, parseEnvelope, plaintextLengthOf, unlockEnvelope } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import { nameIn } from './file-name.ts';
import { headerField, type ObjectKeyring, type OpenedObject, type SealedObject } from './sealed-object.ts';

export type { LockedFile, ObjectFormat, ObjectKeyring, OpenedObject, SealedObject } from './sealed-object.ts';

/**
 * Tells what an object is from what HEAD gave. Where that says nothing, the body's first bytes are read: a message
 * that another program stored says there what it is.
 *
 * Rejects with `not-encrypted`; with `metadata-mixed` for an object that claims to be of both formats; as
 * `parseEnvelope` and `parseHeader` do; as the store does.
 */
export async function examineObject(
  store: Pick<ReadableStore, 'read'>,
  head: ObjectHead,
  signal?: AbortSignal,
): Promise<SealedObject> {
  const envelope = envelopeIn(head.metadata);
  if (!envelope) return sealedMessage(store, head, signal);
  if (head.metadata[headerField] === undefined) return sealedEnvelope(head, envelope);
  throw new EnvelopeError('metadata-mixed', 'the object claims to be of two formats');
}

/** As `examineObject`, and opens it. Needs no page: a service worker may call it. */
export async function openFile(
  store: Pick<ReadableStore, 'read'>,
  head: ObjectHead,
  keyring: ObjectKeyring,
  signal?: AbortSignal,
): Promise<OpenedObject> {
  return (await examineObject(store, head, signal)).open(keyring);
}

function envelopeIn(metadata: Metadata): Envelope | undefined {
  try {
    return parseEnvelope(metadata);
  } catch (error) {
    if (error instanceof EnvelopeError && error.code === 'not-encrypted') return undefined;
    throw error;
  }
}

function sealedEnvelope({ size, metadata }: ObjectHead, envelope: Envelope): SealedObject {
  return {
    format: 's3ec',
    wraps: [envelope],
    plaintextLength: () => plaintextLengthOf(size),
    async open({ s3ec }) {
      const { decryptor, deriveKey, dataKey } = await unlockEnvelope(envelope, { keyring: s3ec });
      const name = await nameIn(metadata, deriveKey);
      return { format: 's3ec', decryptor: decryptor(size), ...name, dataKey };
    },
  };
}

async function sealedMessage(
  store: Pick<ReadableStore, 'read'>,
  head: ObjectHead,
  signal: AbortSignal | undefined,
): Promise<SealedObject> {
  if (head.size === 0 && head.metadata[headerField] === undefined) {
    throw new EnvelopeError('not-encrypted', 'the object is empty');
  }
  const messages = await loadPart(import('./messages.ts'));
  return messages.sealedMessage(head, (start, end) =>
    store.read(head.key, { start, end }, { etag: head.etag, ...(signal ? { signal } : {}) }),
  );
}

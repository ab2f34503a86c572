/**
 * Objects that are messages of the AWS Encryption SDK. Ours carry their header a second time, in metadata, so that
 * HEAD tells which key opens them and their name, and an upload is gone on with, without a read of the body. The body
 * is a whole message all the same, for whoever knows nothing of this.
 */
import { type Bytes, fromBase64, toBase64 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import {
  encryptMessage,
  type MessageHeader,
  type MessageKeyring,
  parseHeader,
  plaintextLengthIn,
  resumeMessage,
  unlockMessage,
  wrapFactsOf,
} from '../core/esdk/esdk.ts';
import type { Metadata, ObjectEncryptor } from '../core/object.ts';
import type { ObjectHead } from '../store/store.ts';
import { nameIn } from './file-name.ts';
import { headerField, type ObjectKeyring, type SealedObject } from './sealed-object.ts';

/** Bytes. Ours are far shorter, since metadata has room for 2 KiB; other writers' may have many keys. */
const longestHeader = 16 * 1024;
/** Bytes. Nothing of a frame can be handed over before all of it is here and verified. */
const longestFrame = 256 * 1024 ** 2;
/** Bytes at the end of a signed message, enough to tell how long its signature is. */
const tailBytes = 256;

/** Reads bytes of the body, `end` excluded. */
type Read = (start: number, end: number) => Promise<Bytes>;

/** For `lockFile`. */
export async function lockMessage(keyring: ObjectKeyring, plaintextLength: number) {
  const encryptor = await encryptMessage({ keyring: await messageKeyringOf(keyring), plaintextLength });
  const metadata = { [headerField]: toBase64(encryptor.header) };
  return { encryptor, metadata, deriveKey: encryptor.deriveKey };
}

/** For `relockFile`. */
export async function relockMessage(
  keyring: ObjectKeyring,
  metadata: Metadata,
  plaintextLength: number,
): Promise<ObjectEncryptor> {
  const header = parseField(metadata[headerField] ?? '');
  return resumeMessage(header, { keyring: await messageKeyringOf(keyring), plaintextLength });
}

async function messageKeyringOf({ esdk }: ObjectKeyring): Promise<MessageKeyring> {
  if (esdk) return esdk();
  throw new EnvelopeError('no-key-fits', 'no key at hand is for messages');
}

/**
 * The header of a message, from metadata if it is there. Rejects with `metadata-invalid` for one there that is none,
 * `not-encrypted` and `truncated` for a body that begins otherwise or ends before it, else as `parseHeader`.
 */
async function headerOf({ size, metadata }: ObjectHead, read: Read): Promise<MessageHeader> {
  const field = metadata[headerField];
  if (field !== undefined) return parseField(field);
  const parsed = parseHeader(await read(0, Math.min(size, longestHeader)), { maxHeaderBytes: longestHeader });
  if ('value' in parsed) return parsed.value;
  throw new EnvelopeError('truncated', 'the object ends before its header does');
}

function parseField(field: string): MessageHeader {
  const invalid = (reason: string, cause?: unknown) =>
    new EnvelopeError('metadata-invalid', `the message's header in the metadata ${reason}`, {
      cause,
      details: { field: headerField },
    });
  const bytes = field.length > 2 * longestHeader ? undefined : fromBase64(field);
  if (!bytes) throw invalid('is not base64, or far too long');
  try {
    const parsed = parseHeader(bytes);
    if ('value' in parsed && parsed.value.bytes.length === bytes.length) return parsed.value;
  } catch (error) {
    // What says to be the header of a message and is none was changed.
    if (error instanceof EnvelopeError && error.code === 'not-encrypted') throw invalid('is none', error);
    throw error;
  }
  throw invalid('has another length');
}

/**
 * For `examineObject`, where the object is no envelope. Rejects with `metadata-invalid` or, where the metadata has no
 * header, with `not-encrypted` and `truncated`; else as `parseHeader`.
 */
export async function sealedMessage(head: ObjectHead, read: Read): Promise<SealedObject> {
  const header = await headerOf(head, read);
  const { size, metadata } = head;
  return {
    format: 'esdk',
    wraps: wrapFactsOf(header.encryptedDataKeys),
    plaintextLength: () => plaintextLengthIn(header, size),
    async open(keyring) {
      const message = await unlockMessage(header, { keyring: await messageKeyringOf(keyring) });
      const isSigned = header.suite.curve !== undefined;
      const tail = isSigned ? await read(Math.max(0, size - tailBytes), size) : undefined;
      const decryptor = message.decryptor(size, tail);
      if (decryptor.granularity > longestFrame) {
        throw new EnvelopeError('limit-exceeded', 'a frame of the message is larger than is read here', {
          details: { what: 'bytes in one frame', limit: longestFrame },
        });
      }
      const name = await nameIn(metadata, message.deriveKey);
      return { format: 'esdk', decryptor, ...name, dataKey: message.dataKey };
    },
  };
}

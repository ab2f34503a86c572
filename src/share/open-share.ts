import { EnvelopeError } from '../core/errors.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { parseEnvelope, unlockEnvelope } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import type { ObjectKeyring } from '../transfer/objects.ts';
import { withRetry } from '../transfer/retry.ts';
import { deriveShareKeys, manifestKey, sharedFileKey } from './derive.ts';
import { decodeManifest } from './manifest.ts';
import { createSharedKeyring } from './shared-keyring.ts';

/** A file that a link opens, ready to be downloaded. */
export interface OpenedFile {
  /** Of its object, below the place where shares are kept. */
  readonly key: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly keyring: ObjectKeyring;
}

/** No honest manifest comes near; what claims to be larger is not read. */
export const longestManifest = 4 * 1024 ** 2;

/**
 * Fetches and verifies what a link opens. Waits for the network, and for a service that fails in passing.
 * @param store reads below the place where shares are kept
 * @throws `link-gone` when there is nothing there (any more)
 */
export async function openShare(
  store: ReadableStore,
  secret: Uint8Array<ArrayBuffer>,
  signal = new AbortController().signal,
): Promise<readonly OpenedFile[]> {
  const { id, wrappingKey } = await deriveShareKeys(secret);
  const key = manifestKey(id);
  const head = await withRetry(() => headOf(store, key, signal), { signal });
  const keyring = createAesKeyring({ wrappingKey, materialsDescription: {} });
  const unlocked = await unlockEnvelope(parseEnvelope(head.metadata), { keyring });
  if (head.size > longestManifest) {
    throw new EnvelopeError('manifest-invalid', 'the manifest is larger than any honest one');
  }
  const decryptor = unlocked.decryptor(head.size);
  const range = decryptor.objectRange({ start: 0, end: decryptor.plaintextLength });
  const body = await withRetry(() => store.read(key, range, { etag: head.etag, signal }), { signal });
  const plaintext = await decryptor.open(0, body);
  await decryptor.verify();
  const { files } = decodeManifest(plaintext);
  plaintext.fill(0);
  return files.map(({ name, size, dataKey, format }, index) => {
    const keyring = createSharedKeyring(dataKey, format);
    dataKey.fill(0);
    return { key: sharedFileKey(id, index), name, size, keyring };
  });
}

async function headOf(store: ReadableStore, key: string, signal: AbortSignal): Promise<ObjectHead> {
  try {
    return await store.head(key, signal);
  } catch (error) {
    // Who may not list is told "forbidden" of what is not there.
    const gone = error instanceof EnvelopeError && ['object-not-found', 'access-denied'].includes(error.code);
    if (gone) throw new EnvelopeError('link-gone', 'there is nothing behind this link', { cause: error });
    throw error;
  }
}

import { EnvelopeError, type ErrorCode } from '../core/errors.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ObjectStore, ReadableStore } from '../store/store.ts';
import { findObject, headOf } from '../transfer/find-object.ts';
import { type ObjectKeyring, openFile } from '../transfer/objects.ts';
import { withRetry } from '../transfer/retry.ts';
import { deriveShareKeys, manifestKey, sharedFileKey } from './derive.ts';
import { encodeManifest } from './encode-manifest.ts';
import { drawSecret } from './link.ts';
import type { SharedFile } from './manifest.ts';
import { metadataForShare } from './shared-metadata.ts';

export interface FileToShare {
  readonly key: string;
  /** What whoever has the link knows it by. */
  readonly name: string;
  /** Of the object that was looked at; another one in its place is not shared (`object-changed`). */
  readonly etag?: string | undefined;
}

export interface ShareRequest {
  readonly store: ObjectStore;
  /** Opens the files that are to be shared. */
  readonly keyring: ObjectKeyring;
  readonly files: readonly FileToShare[];
  /** Where shares are kept; ends in a slash. */
  readonly prefix: string;
  /** Reads below that place as whoever has the link will. */
  readonly reader: ReadableStore;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes what a link opens: a copy of each file's ciphertext, made inside the store, and a manifest with the
 * data keys, sealed under a key that only the link holds. A copy, because the owner's objects lie under a
 * name that must not get around, and because deleting it then revokes the link and nothing else.
 * @returns the link's secret
 */
export async function createShare(request: ShareRequest): Promise<Uint8Array<ArrayBuffer>> {
  const { store, keyring, files, prefix, signal } = request;
  const secret = await drawSecret();
  const { id, wrappingKey } = await deriveShareKeys(secret);
  const linkKeyring = createAesKeyring({ wrappingKey, materialsDescription: {} });

  const opened = await Promise.all(
    files.map(async (wanted) => {
      const head = await headOf(store, wanted, signal);
      const { format, decryptor, dataKey } = await openFile(store, head, keyring, signal);
      const { name } = wanted;
      const file: SharedFile = { name, size: decryptor.plaintextLength, dataKey: dataKey(), format };
      const metadata = await metadataForShare(head.metadata, file, linkKeyring);
      return { source: { ...head, metadata }, file };
    }),
  );

  const manifest = encodeManifest({ files: opened.map(({ file }) => file) });
  for (const { file } of opened) file.dataKey.fill(0);
  const encryptor = await encryptObject({
    keyring: linkKeyring,
    plaintextLength: manifest.length,
  });
  const body = await encryptor.seal(0, manifest);
  manifest.fill(0);
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  // First, since it is small: a copy that fails leaves little behind for the lifecycle rule.
  const manifestObject = { key: manifestKey(id), size: body.length, metadata: encryptor.metadata };
  await makeOnce(request, manifestObject, () =>
    store.put(prefix + manifestKey(id), body, encryptor.metadata, {
      sha256,
      condition: { kind: 'absent' },
      ...(signal ? { signal } : {}),
    }),
  );
  for (const [index, { source }] of opened.entries()) {
    const key = sharedFileKey(id, index);
    await makeOnce(request, { ...source, key }, () => store.copy(source, prefix + key, signal));
  }
  return secret;
}

/** What S3 answers to whom it has served before: the key is taken, the upload is none any more. */
const doneAlready = new Set<ErrorCode>(['object-changed', 'upload-gone']);

/** Makes an object. Where the answer to an earlier try may have been lost, what is there tells. */
async function makeOnce(
  { reader, signal = new AbortController().signal }: ShareRequest,
  { key, size, metadata }: Pick<ObjectHead, 'key' | 'size' | 'metadata'>,
  make: () => Promise<unknown>,
): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof EnvelopeError && doneAlready.has(error.code))) throw error;
    const made = await withRetry(() => findObject(reader, key, metadata, signal), { signal });
    if (made?.size !== size) throw error;
  }
}

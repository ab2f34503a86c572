import type { ReadableStore } from '../store/store.ts';
import { type ObjectKeyring, openFile } from './objects.ts';

/** Something to download. */
export interface DownloadRequest {
  readonly key: string;
  readonly name: string;
  /** Bytes of the file as far as is known; what the object itself says must agree. */
  readonly size: number;
  /** Of the object that was looked at when its name was told; another one in its place is refused. */
  readonly etag?: string | undefined;
  readonly keyring: ObjectKeyring;
}

/** The request for an object of which nothing but its key is known. */
export async function requestOf(
  store: ReadableStore,
  key: string,
  keyring: ObjectKeyring,
): Promise<DownloadRequest> {
  const head = await store.head(key);
  const { name = key.slice(key.lastIndexOf('/') + 1), decryptor } = await openFile(store, head, keyring);
  return { key, name, size: decryptor.plaintextLength, etag: head.etag, keyring };
}

/** What the tests of stored objects share: keys of both formats, and a store in memory. */
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { createRawAesKeyring } from '../core/esdk/esdk.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import type { Metadata } from '../core/object.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import type { ObjectKeyring } from './objects.ts';

/** A personal key's, as the app makes it. */
export async function personalKeyring(
  fill = 7,
  fingerprint = '0011223344556677',
): Promise<Required<ObjectKeyring>> {
  const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(fill));
  const keyNamespace = 's3-envelope-key';
  return {
    s3ec: createAesKeyring({ wrappingKey, materialsDescription: { [keyNamespace]: fingerprint } }),
    esdk: async () => createRawAesKeyring({ wrappingKey, keyNamespace, keyName: fingerprint }),
  };
}

export interface StoredObject {
  readonly metadata: Metadata;
  readonly body: Bytes;
}

/** One object, and how often its body was read. */
export function storeOf({ metadata, body }: StoredObject) {
  const head: ObjectHead = {
    key: 'files/me/1',
    size: body.length,
    etag: '"1"',
    lastModified: new Date(0),
    metadata,
  };
  const reads: { readonly start: number; readonly end: number }[] = [];
  const store: Pick<ReadableStore, 'read'> = {
    async read(_key, { start, end }) {
      reads.push({ start, end });
      if (end > body.length) throw new EnvelopeError('request-refused', 'a range beyond the object');
      return body.slice(start, end);
    },
  };
  return { head, store, reads };
}

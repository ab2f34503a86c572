import { EnvelopeError } from '../core/errors.ts';
import { createDataKeyKeyring } from '../core/keyrings/data-key-keyring.ts';
import { loadPart } from '../core/load-part.ts';
import type { ObjectFormat, ObjectKeyring } from '../transfer/objects.ts';

/**
 * For whoever was handed an object's data key: opens that one object, in the format that it was said to have and in
 * no other (`no-key-fits`). Keeps a copy of the key; the caller's bytes can be wiped.
 */
export function createSharedKeyring(
  dataKey: Uint8Array<ArrayBuffer>,
  format: ObjectFormat = 's3ec',
): ObjectKeyring {
  if (format === 's3ec') return { s3ec: createDataKeyKeyring(dataKey) };
  const kept = dataKey.slice();
  const refuse = async () => {
    throw new EnvelopeError('no-key-fits', 'the object has another format than was shared');
  };
  return {
    s3ec: { fit: () => 'none', wrap: refuse, wrapDataKey: refuse, unwrap: refuse },
    esdk: async () => (await loadPart(import('../core/esdk/esdk.ts'))).createMessageDataKeyKeyring(kept),
  };
}

import { createDataKeyKeyring } from '../core/keyrings/data-key-keyring.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import type { Metadata } from '../core/object.ts';
import { rewrapEnvelope } from '../core/s3ec/rewrap.ts';
import { headerField } from '../transfer/sealed-object.ts';
import type { SharedFile } from './manifest.ts';

/**
 * What lies beside a share's copy of a file: all that opens it, and nothing else that was beside the original. Its
 * sealed name is the whole path, and the data key opens names too; what wraps that key for its owner says who they are.
 * An envelope is wrapped by the link's key instead. (A message has its header in its body, where no copy changes it: the
 * fingerprint of its owner's key stays.)
 */
export async function metadataForShare(
  metadata: Metadata,
  { dataKey, format }: Pick<SharedFile, 'dataKey' | 'format'>,
  linkKeyring: Keyring,
): Promise<Metadata> {
  if (format === 'esdk') return only(metadata, (name) => name === headerField);
  const rewrapped = await rewrapEnvelope(metadata, undefined, {
    keyring: createDataKeyKeyring(dataKey),
    newKeyring: linkKeyring,
    allowSameDescription: true,
  });
  return only(rewrapped.metadata, (name) => name.startsWith('x-amz-'));
}

function only(metadata: Metadata, isKept: (name: string) => boolean): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => isKept(name)));
}

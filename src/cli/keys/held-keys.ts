import type { RawKeyName } from '../../core/esdk/keyrings/raw-name.ts';
import { usageError } from '../usage-error.ts';
import type { FileKeySpec, KeySpec } from './key-spec.ts';
import { type AesKey, type RsaKey, readKey } from './read-key-file.ts';

/** A key at hand. */
export type HeldKey =
  | ((AesKey | RsaKey) & Pick<FileKeySpec, 'name' | 'description' | 'hash'>)
  | { readonly kind: 'kms'; readonly keyId: string };

/** Reads the files of keys. Rejects as `readKey` does. */
export async function holdKeys(specs: readonly KeySpec[]): Promise<readonly HeldKey[]> {
  return Promise.all(
    specs.map(async (spec): Promise<HeldKey> => {
      if (spec.kind === 'kms') return spec;
      const { path, kind: _, ...said } = spec;
      return { ...(await readKey(path)), ...said };
    }),
  );
}

/** The same, where nothing can be done without one. Rejects with `bad-argument` for none. */
export async function holdSomeKeys(specs: readonly KeySpec[]): Promise<readonly [HeldKey, ...HeldKey[]]> {
  const [first, ...others] = await holdKeys(specs);
  if (!first) throw usageError('a key is needed: --key FILE or --kms KEY');
  return [first, ...others];
}

/** What a key is called in messages of the Encryption SDK, where nobody said. */
export function nameOf({
  name,
  fingerprint,
}: (AesKey & Pick<FileKeySpec, 'name'>) | (RsaKey & Pick<FileKeySpec, 'name'>)): RawKeyName {
  return name ?? { keyNamespace: 's3-envelope', keyName: fingerprint };
}

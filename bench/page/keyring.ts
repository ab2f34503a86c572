import { createAesKeyring, importWrappingKey } from '../../src/core/keyrings/aes-keyring.ts';
import type { Keyring } from '../../src/core/keyrings/keyring.ts';

let keyring: Promise<Keyring> | undefined;

/** A personal key as the app has it, AES-256: the same in every page, so that one goes on where another died. */
export function ownKeyring(): Promise<Keyring> {
  keyring ??= importWrappingKey(new Uint8Array(32).fill(7)).then((wrappingKey) =>
    createAesKeyring({ wrappingKey, materialsDescription: { key: 'bench' } }),
  );
  return keyring;
}

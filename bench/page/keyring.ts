import { randomBytes } from '../../src/core/bytes.ts';
import { createAesKeyring, importWrappingKey } from '../../src/core/keyrings/aes-keyring.ts';
import type { Keyring } from '../../src/core/keyrings/keyring.ts';

let keyring: Promise<Keyring> | undefined;

/** A personal key as the app has it: AES-256, made in this page. */
export function ownKeyring(): Promise<Keyring> {
  keyring ??= importWrappingKey(randomBytes(32)).then((wrappingKey) =>
    createAesKeyring({ wrappingKey, materialsDescription: { key: 'bench' } }),
  );
  return keyring;
}

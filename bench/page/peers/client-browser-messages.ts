/** AWS Encryption SDK for JavaScript in a browser: whole messages, each frame after the one before. */
import './buffer-shim.ts';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringWebCrypto,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-browser';
import type { MessageLibrary } from './message-peer.ts';

export async function load(): Promise<MessageLibrary> {
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const wrappingSuite = RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING;
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const masterKey = await RawAesKeyringWebCrypto.importCryptoKey(raw, wrappingSuite);
  const name = { keyNamespace: 's3-envelope', keyName: 'bench' };
  const keyring = new RawAesKeyringWebCrypto({ ...name, masterKey, wrappingSuite });
  const suites = {
    '0478': AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    '0578': AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
  };
  return {
    async encrypt(plaintext, { suite = '0478', frameLength = 4096 }) {
      return (await encrypt(keyring, plaintext, { suiteId: suites[suite], frameLength })).result;
    },
    decrypt: (message) => decrypt(keyring, message),
  };
}

/**
 * AWS Encryption SDK for JavaScript. It takes a whole message and encrypts its frames one after the other. Its
 * frames of 4 KiB are left for frames of 1 MiB: with the former, 256 MiB take minutes or, since all frames are
 * arguments of one call, more stack than there is.
 */
import './buffer-shim.ts';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringWebCrypto,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-browser';
import type { Peer } from './peer.ts';

export async function load(): Promise<Peer> {
  const { encrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const wrappingSuite = RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING;
  const masterKey = await RawAesKeyringWebCrypto.importCryptoKey(
    crypto.getRandomValues(new Uint8Array(32)),
    wrappingSuite,
  );
  const keyring = new RawAesKeyringWebCrypto({
    keyNamespace: 's3-envelope',
    keyName: 'bench',
    masterKey,
    wrappingSuite,
  });
  const inMemory = async (plaintext: Uint8Array<ArrayBuffer>) => {
    const { result } = await encrypt(keyring, plaintext, {
      suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
      frameLength: 1024 ** 2,
    });
    return result;
  };
  return { inMemory, ofFile: async (file) => inMemory(new Uint8Array(await file.arrayBuffer())) };
}

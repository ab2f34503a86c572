/** As much of the peer's types as the bench uses: it is installed in a folder of its own, and not always. */

declare module '@aws-crypto/client-node' {
  interface RawAesKeyring {
    readonly keyName: string;
  }
  const esdk: {
    readonly CommitmentPolicy: { readonly REQUIRE_ENCRYPT_REQUIRE_DECRYPT: string };
    readonly RawAesWrappingSuiteIdentifier: { readonly AES256_GCM_IV12_TAG16_NO_PADDING: number };
    readonly RawAesKeyringNode: new (options: {
      readonly keyNamespace: string;
      readonly keyName: string;
      readonly unencryptedMasterKey: Uint8Array;
      readonly wrappingSuite: number;
    }) => RawAesKeyring;
    buildClient(policy: string): {
      encryptStream(
        keyring: RawAesKeyring,
        options: { readonly suiteId: number; readonly frameLength: number },
      ): import('node:stream').Duplex;
      decryptStream(keyring: RawAesKeyring): import('node:stream').Duplex;
    };
  };
  export default esdk;
}

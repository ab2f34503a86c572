/** As much of the peers' types as the bench uses: they are installed in a folder of their own, and not always. */

declare module '@aws-crypto/client-browser' {
  export const CommitmentPolicy: { readonly REQUIRE_ENCRYPT_REQUIRE_DECRYPT: string };
  export const AlgorithmSuiteIdentifier: {
    readonly ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: number;
    readonly ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: number;
  };
  export const RawAesWrappingSuiteIdentifier: { readonly AES256_GCM_IV12_TAG16_NO_PADDING: number };
  export class RawAesKeyringWebCrypto {
    constructor(options: {
      readonly keyNamespace: string;
      readonly keyName: string;
      readonly masterKey: CryptoKey;
      readonly wrappingSuite: number;
    });
    static importCryptoKey(raw: Uint8Array, suite: number): Promise<CryptoKey>;
  }
  export function buildClient(policy: string): {
    encrypt(
      keyring: RawAesKeyringWebCrypto,
      plaintext: Uint8Array,
      options: { readonly suiteId: number; readonly frameLength: number },
    ): Promise<{ readonly result: Uint8Array }>;
    decrypt(
      keyring: RawAesKeyringWebCrypto,
      message: Uint8Array,
    ): Promise<{ readonly plaintext: Uint8Array }>;
  };
}

declare module 'libsodium-wrappers' {
  type State = { readonly secretstream: never };
  const sodium: {
    readonly ready: Promise<void>;
    readonly crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: number;
    readonly crypto_secretstream_xchacha20poly1305_TAG_FINAL: number;
    crypto_secretstream_xchacha20poly1305_keygen(): Uint8Array;
    crypto_secretstream_xchacha20poly1305_init_push(key: Uint8Array): {
      readonly state: State;
      readonly header: Uint8Array;
    };
    crypto_secretstream_xchacha20poly1305_push(
      state: State,
      message: Uint8Array,
      additionalData: null,
      tag: number,
    ): Uint8Array;
  };
  export default sodium;
}

declare module 'age-encryption' {
  export function generateX25519Identity(): Promise<string>;
  export function identityToRecipient(identity: string): Promise<string>;
  export class Encrypter {
    addRecipient(recipient: string): void;
    encrypt(file: Uint8Array): Promise<Uint8Array>;
    encrypt(file: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>;
  }
}

declare module '@uppy/core' {
  export interface UploadResult {
    readonly successful?: readonly unknown[];
    readonly failed?: readonly { readonly error?: string }[];
  }
  export default class Uppy {
    use<Options>(plugin: new (uppy: never, options: Options) => unknown, options: Options): this;
    addFile(file: { readonly name: string; readonly data: Blob }): string;
    upload(): Promise<UploadResult | undefined>;
    destroy(): void;
  }
}

declare module '@uppy/aws-s3' {
  export default class AwsS3 {
    constructor(
      uppy: never,
      options: {
        readonly s3Endpoint: string;
        readonly region: string;
        readonly getCredentials: () => Promise<{
          readonly region: string;
          readonly credentials: {
            readonly accessKeyId: string;
            readonly secretAccessKey: string;
            readonly sessionToken: string;
          };
        }>;
        readonly generateObjectKey: () => string;
        readonly shouldUseMultipart: boolean;
        readonly getChunkSize?: () => number;
      },
    );
  }
}

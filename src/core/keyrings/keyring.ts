/** How a data key is wrapped for S3EC: format V3's code and format V2's name for the same algorithm. */
export type WrapAlgorithm = 'AES/GCM' | 'kms+context' | 'RSA-OAEP-SHA1';

/** The content algorithm as S3EC binds it into every wrapped key: `115` for V3, the cipher's name for V2. */
export type ContentAlgorithm = '115' | 'AES/GCM/NoPadding';

/** Key-value pairs: the KMS encryption context, or the materials description of a raw key. */
export type Description = Readonly<Record<string, string>>;

export interface WrapRequest {
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's own encryption context; only KMS keyrings take one. */
  readonly encryptionContext?: Description;
}

/** A fresh data key and what opens it again. */
export interface WrappedDataKey {
  /** 32 bytes. The caller wipes it once the content keys are derived. */
  readonly dataKey: Uint8Array<ArrayBuffer>;
  readonly encryptedDataKey: Uint8Array<ArrayBuffer>;
  readonly wrapAlgorithm: WrapAlgorithm;
  /** Stored beside the wrapped key: the whole encryption context (KMS) or the materials description (raw). */
  readonly description: Description;
}

export interface UnwrapRequest {
  readonly contentAlgorithm: ContentAlgorithm;
  readonly encryptedDataKey: Uint8Array<ArrayBuffer>;
  readonly wrapAlgorithm: WrapAlgorithm;
  readonly description: Description;
  readonly encryptionContext?: Description;
}

/** Who wraps the data key. A keyring makes one data key per object and never sees the content. */
export interface Keyring {
  wrap(request: WrapRequest): Promise<WrappedDataKey>;
  /** The data key, its length unchecked; rejects with a `wrong-key` or `unsupported` code. */
  unwrap(request: UnwrapRequest): Promise<Uint8Array<ArrayBuffer>>;
}

/** The two calls of AWS KMS that a keyring needs, so that `core` needs no SDK. */
export interface KmsClient {
  /** `GenerateDataKey` with `KeySpec: AES_256`. */
  generateDataKey(request: {
    keyId: string;
    encryptionContext: Description;
  }): Promise<{ plaintext: Uint8Array<ArrayBuffer>; ciphertextBlob: Uint8Array<ArrayBuffer> }>;
  /** `Decrypt`. */
  decrypt(request: {
    keyId: string;
    ciphertextBlob: Uint8Array<ArrayBuffer>;
    encryptionContext: Description;
  }): Promise<{ plaintext: Uint8Array<ArrayBuffer> }>;
}


import type { Bytes } from '../bytes.ts';

/** How a data key is wrapped for S3EC, under format V2's name of the algorithm. */
export type WrapAlgorithm = 'AES/GCM' | 'kms+context' | 'RSA-OAEP-SHA1';

/** The content algorithm as S3EC binds it into every wrapped key: `115` for V3, the cipher's name for V2. */
export type ContentAlgorithm = '115' | 'AES/GCM/NoPadding';

/** Key-value pairs: the KMS encryption context, or the materials description of a raw key. */
export type Description = Readonly<Record<string, string>>;

export interface WrapRequest {
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's own encryption context; only KMS keyrings take one. */
  readonly encryptionContext?: Description | undefined;
}

/** A fresh data key and what opens it again. */
export interface WrappedDataKey {
  /** 32 bytes. The caller wipes it once the content keys are derived. */
  readonly dataKey: Bytes;
  readonly encryptedDataKey: Bytes;
  readonly wrapAlgorithm: WrapAlgorithm;
  /** Stored beside the wrapped key: the whole encryption context (KMS) or the materials description (raw). */
  readonly description: Description;
}

/** What an envelope says, to everybody, of the key that opens it. */
export interface WrapFacts {
  readonly wrapAlgorithm: WrapAlgorithm;
  readonly description: Description;
}

export interface UnwrapRequest extends WrapFacts {
  readonly contentAlgorithm: ContentAlgorithm;
  readonly encryptedDataKey: Bytes;
  readonly encryptionContext?: Description | undefined;
}

/**
 * `named`: the description is the one of a key held here. `possible`: the algorithm is this keyring's, and
 * only trying tells. `none`: another kind of key is needed.
 */
export type Fit = 'named' | 'possible' | 'none';

/** Who wraps the data key. A keyring makes one data key per object and never sees the content. */
export interface Keyring {
  /** Looks at what is written on the envelope; asks nobody and opens nothing. */
  fit(facts: WrapFacts): Fit;
  wrap(request: WrapRequest): Promise<WrappedDataKey>;
  /**
   * The data key, its length unchecked; a buffer of the caller's own, to wipe. Rejects with a `wrong-key`
   * code, `wrap-unsupported` where `fit` is `none`, or what the key service answers.
   */
  unwrap(request: UnwrapRequest): Promise<Bytes>;
}

/**
 * The two calls of AWS KMS that a keyring needs, so that `core` needs no SDK. Rejections may be the SDK's own
 * (told apart by `name`, which is KMS's error code) or an `EnvelopeError`, which is passed on as it is.
 */
export interface KmsClient {
  /** `GenerateDataKey` with `KeySpec: AES_256`. */
  generateDataKey(request: {
    keyId: string;
    encryptionContext: Description;
  }): Promise<{ plaintext: Bytes; ciphertextBlob: Bytes }>;
  /** `Decrypt`. */
  decrypt(request: {
    keyId: string;
    ciphertextBlob: Bytes;
    encryptionContext: Description;
  }): Promise<{ plaintext: Bytes }>;
}

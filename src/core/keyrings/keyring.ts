import type { Bytes } from '../bytes.ts';

/** How a data key is wrapped for S3EC, under format V2's name of the algorithm. */
export type WrapAlgorithm = 'AES/GCM' | 'kms+context' | 'RSA-OAEP-SHA1';

/**
 * How old writers wrapped; only opened. None binds the content algorithm. `AES` (ECB) and `RSA` (PKCS#1 v1.5)
 * are format V1's, which stores no name.
 */
export type LegacyWrapAlgorithm = 'kms' | 'AESWrap' | 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding' | 'AES' | 'RSA';

/** The content algorithm as S3EC binds it into every wrapped key: `115` for V3, the cipher's name for V2. */
export type ContentAlgorithm = '115' | 'AES/GCM/NoPadding';

/** Key-value pairs: the KMS encryption context, or the materials description of a raw key. */
export type Description = Readonly<Record<string, string>>;

export interface WrapRequest {
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's own encryption context; only KMS keyrings take one. */
  readonly encryptionContext?: Description | undefined;
}

/** What opens a data key again. */
export interface WrappedKey {
  readonly encryptedDataKey: Bytes;
  readonly wrapAlgorithm: WrapAlgorithm;
  /** Stored beside the wrapped key: the whole encryption context (KMS) or the materials description (raw). */
  readonly description: Description;
}

/** A fresh data key and what opens it again. */
export interface WrappedDataKey extends WrappedKey {
  /** 32 bytes. The caller wipes it once the content keys are derived. */
  readonly dataKey: Bytes;
}

/** What an envelope says, to everybody, of the key that opens it. */
export interface WrapFacts {
  readonly wrapAlgorithm: WrapAlgorithm | LegacyWrapAlgorithm;
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

/**
 * Who wraps the data key. A keyring makes one data key per object and never sees the content. It opens a legacy
 * wrap when it is asked to and can: whether to ask is for the reader of the format to decide.
 */
export interface Keyring {
  /** Looks at what is written on the envelope; asks nobody and opens nothing. */
  fit(facts: WrapFacts): Fit;
  wrap(request: WrapRequest): Promise<WrappedDataKey>;
  /**
   * Wraps a data key that exists already, of 16, 24 or 32 bytes, for an object that changes keys. The bytes
   * stay the caller's.
   */
  wrapDataKey(dataKey: Bytes, request: WrapRequest): Promise<WrappedKey>;
  /**
   * The data key, its length unchecked; a buffer of the caller's own, to wipe. Rejects with a `wrong-key`
   * code, `wrap-unsupported` where `fit` is `none` or the platform lacks the algorithm, or what the key service
   * answers.
   */
  unwrap(request: UnwrapRequest): Promise<Bytes>;
}

/**
 * The calls of AWS KMS that a keyring needs, so that `core` needs no SDK. Rejections may be the SDK's own
 * (told apart by `name`, which is KMS's error code) or an `EnvelopeError`, which is passed on as it is.
 */
export interface KmsClient {
  /** `GenerateDataKey` with `KeySpec: AES_256`. */
  generateDataKey(request: {
    keyId: string;
    encryptionContext: Description;
  }): Promise<{ plaintext: Bytes; ciphertextBlob: Bytes }>;
  /** `Decrypt`; the answer says which key opened. */
  decrypt(request: {
    keyId: string;
    ciphertextBlob: Bytes;
    encryptionContext: Description;
  }): Promise<{ plaintext: Bytes; keyId: string }>;
  /** `Encrypt`, for re-wrapping alone. */
  encrypt?(request: {
    keyId: string;
    plaintext: Bytes;
    encryptionContext: Description;
  }): Promise<{ ciphertextBlob: Bytes }>;
}

/**
 * What keyrings of the AWS Encryption SDK ask of KMS beside: a data key of another length, the wrapping of one
 * that is there already, and in every answer which key it was. Grant tokens are the client's own affair.
 */
export interface KmsMessageClient extends KmsClient {
  /** `GenerateDataKey` with `NumberOfBytes`, 32 unless given. */
  generateDataKey(request: {
    keyId: string;
    encryptionContext: Description;
    numberOfBytes?: number | undefined;
  }): Promise<{ plaintext: Bytes; ciphertextBlob: Bytes; keyId: string }>;
  /** `Encrypt`. */
  encrypt(request: {
    keyId: string;
    plaintext: Bytes;
    encryptionContext: Description;
  }): Promise<{ ciphertextBlob: Bytes; keyId: string }>;
}

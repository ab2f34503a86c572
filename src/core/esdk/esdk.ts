/**
 * The message format of the AWS Encryption SDK: writes framed messages of every suite, `0478` by default, and
 * reads all of them, whole, as a stream, or frame by frame in any order.
 */

export type { CommitmentPolicy } from '../commitment-policy.ts';
export { type DecryptedMessage, type DecryptOptions, decrypt, encrypt } from './buffers.ts';
export {
  type EncryptMessageOptions,
  encryptMessage,
  type MessageEncryptor,
  type ResumeMessageOptions,
  resumeMessage,
} from './encrypt.ts';
export { type EncryptedDataKey, type HeaderLimits, type MessageHeader, parseHeader } from './header.ts';
export { createMessageDataKeyKeyring } from './keyrings/data-key-keyring.ts';
export type { MessageKeyring } from './keyrings/keyring.ts';
export {
  createKmsDiscoveryKeyring,
  createKmsMessageKeyring,
  type DiscoveryFilter,
  type KmsDiscoveryKeyringOptions,
  type KmsMessageKeyringOptions,
} from './keyrings/kms-keyring.ts';
export { createMultiKeyring, type MultiKeyringOptions } from './keyrings/multi-keyring.ts';
export { createRawAesKeyring, type RawAesKeyringOptions } from './keyrings/raw-aes-keyring.ts';
export { createRawRsaKeyring, type RawRsaKeyringOptions } from './keyrings/raw-rsa-keyring.ts';
export { wrapFactsOf } from './keyrings/wrap-facts.ts';
export { type MessageFacts, plaintextLengthIn, type UnlockedMessage, unlockMessage } from './message.ts';
export type { Parsed } from './parsing.ts';
export type { SealOptions } from './sealer.ts';
export {
  type ByteTransform,
  createDecryptStream,
  createEncryptStream,
  type DecryptStream,
  type DecryptStreamOptions,
} from './streams.ts';
export type { SuiteId } from './suite.ts';
export type { UnlockOptions } from './unlock.ts';

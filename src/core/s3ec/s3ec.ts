/**
 * The formats of the Amazon S3 Encryption Client: writes V3, reads V3 and V2, with the envelope in the
 * object's own metadata.
 */
export { maxPlaintextBytes } from './algorithm.ts';
export { plaintextLengthOf } from './content.ts';
export { type EncryptOptions, encryptObject, type S3ecEncryptor } from './encrypt.ts';
export { type Envelope, type EnvelopeV2, type EnvelopeV3, parseEnvelope } from './envelope.ts';
export type { CommitmentPolicy } from './policy.ts';
export { type UnlockedObject, type UnlockOptions, unlockEnvelope } from './unlock.ts';

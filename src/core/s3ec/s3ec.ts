/**
 * The formats of the Amazon S3 Encryption Client: writes V3, and V2 where a policy forbids V3; reads both, and
 * what is older where the caller accepts its risks. The envelope is in the object's metadata or in an
 * instruction file, which the caller fetches and stores.
 */

export type { CommitmentPolicy } from '../commitment-policy.ts';
export { maxPlaintextBytes } from './algorithm.ts';
export { plaintextLengthOf } from './content.ts';
export { type EncryptOptions, encryptObject, type S3ecEncryptor } from './encrypt.ts';
export {
  type Envelope,
  type EnvelopeCbc,
  type EnvelopeV2,
  type EnvelopeV3,
  type ParseOptions,
  parseEnvelope,
} from './envelope.ts';
export {
  defaultInstructionSuffix,
  instructionFileKey,
  maxInstructionFileBytes,
} from './instruction-file.ts';
export type { Legacy } from './legacy.ts';
export { algorithmToWrite, type WrittenAlgorithm } from './policy.ts';
export { type RewrapOptions, type Rewrapped, rewrapEnvelope } from './rewrap.ts';
export { parseRange, type UnauthenticatedDecryptor, widenRange } from './unauthenticated.ts';
export { type UnlockedObject, type UnlockOptions, unlockEnvelope } from './unlock.ts';
export type { InstructionFile } from './write-instruction-file.ts';

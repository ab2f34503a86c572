/** A message that is about to be written: its header, and what seals its frames. */
import { type Bytes, concatBytes, isAllZero, randomBytes } from '../bytes.ts';
import { type CommitmentPolicy, defaultCommitmentPolicy } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { withoutNames } from '../keyrings/description.ts';
import type { Description } from '../keyrings/keyring.ts';
import { cut, freeMemory } from '../memory.ts';
import { type ContentCipher, frameIv, headerTag, sealPiece } from './content.ts';
import { checkCallersContext, publicKeyName, serializeContext } from './context.ts';
import { checkPlatformHas, type DeriveKey, deriveMessageKeys } from './derivation.ts';
import { formatHeader, type MessageHeader } from './header.ts';
import type { MessageKeyring } from './keyrings/keyring.ts';
import { checkFrameLength } from './layout.ts';
import { uint32 } from './numbers.ts';
import { suiteToWrite } from './policy.ts';
import { createSigner, type Signer } from './signature.ts';
import type { Suite, SuiteId } from './suite.ts';
import { openHeader, type UnlockOptions } from './unlock.ts';

export interface SealOptions {
  readonly keyring: MessageKeyring;
  /** Stored in the header, readable by anyone, and authenticated with the message. */
  readonly encryptionContext?: Description | undefined;
  /** Names of pairs that are authenticated and not stored: whoever decrypts must know them. */
  readonly requiredContextKeys?: readonly string[] | undefined;
  /** `0478` unless given; `0578` signs as well. Those that do not commit need a policy that writes them. */
  readonly suite?: SuiteId | undefined;
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Bytes of plaintext in a frame, 1 to 2^32 - 1; 1 MiB unless given. */
  readonly frameLength?: number | undefined;
  /** Refuse, as readers may, to wrap the data key more often than this. */
  readonly maxEncryptedDataKeys?: number | undefined;
}

export interface MessageSealer {
  readonly suite: Suite;
  readonly frameLength: number;
  /** The whole header. */
  readonly header: Bytes;
  /** For signed suites. */
  readonly signer?: Signer;
  deriveKey: DeriveKey;
  /** Writes the frame, as it lies in the message, to `into`, which has just the room for it. */
  sealFrame(sequenceNumber: number, final: boolean, plaintext: Bytes, into: Bytes): Promise<void>;
}

export const defaultFrameLength = 2 ** 20;

const finalMarker = uint32(0xffffffff);

/**
 * Has a data key made and wrapped, and writes the header. Rejects with `bad-argument`, `policy-mismatch` or
 * `reserved-context-key` before any key is made, else with what the keyring answers.
 */
export async function createSealer(options: SealOptions): Promise<MessageSealer> {
  const { keyring, encryptionContext = {}, requiredContextKeys = [] } = options;
  const { commitmentPolicy = defaultCommitmentPolicy, frameLength = defaultFrameLength } = options;
  const suite = suiteToWrite(options.suite, commitmentPolicy);
  checkFrameLength(frameLength);
  checkCallersContext(encryptionContext);
  const unknown = requiredContextKeys.find((key) => !Object.hasOwn(encryptionContext, key));
  if (unknown !== undefined) {
    throw new EnvelopeError('bad-argument', 'a required pair is not in the encryption context', {
      details: { key: unknown },
    });
  }
  await checkPlatformHas(suite);
  const messageId = randomBytes(suite.commits ? 32 : 16);
  if (isAllZero(messageId)) {
    throw new EnvelopeError('random-failed', 'the random number generator gives nothing but zeros');
  }

  const signer = suite.curve && (await createSigner(suite.curve));
  const context = signer ? { ...encryptionContext, [publicKeyName]: signer.publicKey } : encryptionContext;
  const storedContext = withoutNames(context, requiredContextKeys);
  const unstored = withoutNames(context, Object.keys(storedContext));
  const { dataKey, encryptedDataKeys } = await keyring.wrap({ suite, encryptionContext: context });
  try {
    if (dataKey.length !== suite.keyBytes || encryptedDataKeys.length === 0) {
      throw new EnvelopeError('data-key-invalid', `the keyring gave no data key of ${suite.keyBytes} bytes`);
    }
    const limit = options.maxEncryptedDataKeys ?? 0xffff;
    if (encryptedDataKeys.length > limit) {
      throw new EnvelopeError('limit-exceeded', `the data key is wrapped more than ${limit} times`, {
        details: { what: 'encrypted data keys', limit },
      });
    }
    const { contentKey, commitment, deriveKey } = await deriveMessageKeys(suite, dataKey, messageId);
    const fields = { suite, messageId, storedContext, encryptedDataKeys, frameLength };
    const body = formatHeader(commitment ? { ...fields, commitment } : fields);
    // Twelve zeros, which is no frame's number.
    const iv = frameIv(0);
    const tag = await headerTag(contentKey, iv, body, serializeContext(unstored));
    const cipher: ContentCipher = { key: contentKey, messageId };

    return {
      suite,
      frameLength,
      header: concatBytes(body, suite.commits ? new Uint8Array() : iv, tag),
      ...(signer && { signer }),
      deriveKey,
      sealFrame: frameSealer(cipher),
    };
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The sealer of a message that was begun before, from its header. Rejects with `algorithm-unsupported` for a signed
 * one, whose signing key is gone, `bad-argument` for one without frames, else as `openHeader`.
 */
export async function resumeSealer(header: MessageHeader, options: UnlockOptions): Promise<MessageSealer> {
  const { suite, framed, frameLength, bytes } = header;
  if (suite.curve) {
    throw new EnvelopeError('algorithm-unsupported', 'a signed message cannot be gone on with');
  }
  if (!framed) throw new EnvelopeError('bad-argument', 'a message without frames is not written');
  const { cipher, deriveKey } = await openHeader(header, options);
  return { suite, frameLength, header: bytes, deriveKey, sealFrame: frameSealer(cipher) };
}

function frameSealer(cipher: ContentCipher): MessageSealer['sealFrame'] {
  return async (sequenceNumber, final, plaintext, into) => {
    const kind = final ? 'final' : 'regular';
    const sealed = await sealPiece(cipher, { kind, sequenceNumber }, plaintext);
    const head = concatBytes(
      final ? finalMarker : new Uint8Array(),
      uint32(sequenceNumber),
      frameIv(sequenceNumber),
      final ? uint32(plaintext.length) : new Uint8Array(),
    );
    const frame = cut(into, 0, head.length + sealed.length);
    frame.set(head);
    frame.set(sealed, head.length);
    freeMemory(sealed);
  };
}

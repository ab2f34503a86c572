import { EnvelopeError } from '../core/errors.ts';
import { type DecryptOptions, unlockMessage } from '../core/esdk/esdk.ts';
import type { Description } from '../core/keyrings/keyring.ts';
import type { ObjectDecryptor } from '../core/object.ts';
import { cbcAlgorithm } from '../core/s3ec/algorithm.ts';
import {
  type CommitmentPolicy,
  type Legacy,
  parseEnvelope,
  type UnauthenticatedDecryptor,
  unlockEnvelope,
} from '../core/s3ec/s3ec.ts';
import { nameLabel, openName } from '../transfer/file-name.ts';
import { type Arguments, parseChoice, parsePairs } from './arguments.ts';
import type { AwsSettings } from './aws-settings.ts';
import type { HeldKey } from './keys/held-keys.ts';
import { messageOpener } from './keys/message-keyring.ts';
import { s3ecOpener } from './keys/s3ec-keyring.ts';
import { beginsBase64Message, type Recognised } from './recognise.ts';
import { peekFooter, type SealedSource } from './sealed-source.ts';

/** What opening goes by, whatever the format. */
export interface OpeningOptions {
  readonly keys: readonly [HeldKey, ...HeldKey[]];
  readonly aws: AwsSettings;
  readonly encryptionContext: Description;
  readonly requiredContextKeys: readonly string[];
  readonly commitmentPolicy: CommitmentPolicy | undefined;
  readonly legacy: Legacy;
}

const policies: Readonly<Record<string, CommitmentPolicy>> = {
  'require-encrypt-require-decrypt': 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  'require-encrypt-allow-decrypt': 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  'forbid-encrypt-allow-decrypt': 'FORBID_ENCRYPT_ALLOW_DECRYPT',
};

export function policyOf({ values }: Arguments): CommitmentPolicy | undefined {
  const policy = values['commitment-policy'];
  return policy === undefined ? undefined : parseChoice(policy, policies, 'commitment-policy');
}

export function openingOptions(
  args: Arguments,
  keys: OpeningOptions['keys'],
  aws: AwsSettings,
): OpeningOptions {
  const { values } = args;
  return {
    keys,
    aws,
    encryptionContext: parsePairs(values.context, 'context'),
    requiredContextKeys: values['require-context'] ?? [],
    commitmentPolicy: policyOf(args),
    legacy: {
      unauthenticatedContent: values['allow-legacy-unauthenticated-content'],
      weakWrapping: values['allow-legacy-weak-wrapping'],
    },
  };
}

/** What the functions of messages take. */
export async function messageOptions(options: OpeningOptions): Promise<DecryptOptions> {
  const { keys, aws, encryptionContext, requiredContextKeys, commitmentPolicy } = options;
  return {
    keyring: await messageOpener(keys, aws),
    encryptionContext,
    requiredContextKeys,
    commitmentPolicy,
  };
}

/** Something whose data key is at hand. */
export interface Unlocked {
  /** Undefined where nothing can ever be verified. */
  readonly decryptor?: ObjectDecryptor;
  /** Opens without verifying; S3EC alone has that. `legacy-not-allowed` unless it was accepted. */
  unverified?(accepted: Legacy['unauthenticatedContent']): Promise<UnauthenticatedDecryptor>;
  /** The name that the app sealed with it; undefined where it has none. */
  sealedName(): Promise<string | undefined>;
}

/**
 * Has the data key unwrapped. Rejects with `not-encrypted` for what is in no format, else as `unlockEnvelope` and
 * `unlockMessage` do.
 */
export async function unlock(
  source: SealedSource,
  recognised: Recognised,
  options: OpeningOptions,
): Promise<Unlocked> {
  if (recognised.format === 'none') throw notEncrypted(source, recognised.beginning);
  if (recognised.format === 's3ec') return unlockS3ec(source, recognised, options);
  const message = await unlockMessage(recognised.header, await messageOptions(options));
  const isSigned = recognised.header.suite.curve !== undefined;
  const footer = isSigned ? await peekFooter(source) : undefined;
  return {
    decryptor: message.decryptor(source.head.size, footer),
    sealedName: async () => undefined,
  };
}

async function unlockS3ec(
  { head }: SealedSource,
  { instructionFile }: Extract<Recognised, { format: 's3ec' }>,
  { keys, aws, encryptionContext, requiredContextKeys, commitmentPolicy, legacy }: OpeningOptions,
): Promise<Unlocked> {
  if (requiredContextKeys.length > 0) {
    throw new EnvelopeError('bad-argument', '--require-context is for messages of the Encryption SDK');
  }
  const envelope = parseEnvelope(head.metadata, {
    instructionFile: instructionFile === null ? null : instructionFile?.body,
    legacy,
  });
  const isCbc = envelope.contentAlgorithm === cbcAlgorithm;
  const unlocked = await unlockEnvelope(envelope, {
    keyring: await s3ecOpener(keys, aws),
    commitmentPolicy,
    encryptionContext,
    // Ranges are opened with it as well; whether they may be is asked below.
    legacy: { ...legacy, unauthenticatedContent: true },
  });
  return {
    ...(!isCbc && { decryptor: unlocked.decryptor(head.size) }),
    async unverified(accepted) {
      if (!(isCbc ? legacy.unauthenticatedContent : accepted)) {
        throw new EnvelopeError('legacy-not-allowed', 'nothing authenticates this content', {
          details: { needs: 'unauthenticatedContent' },
        });
      }
      return unlocked.unauthenticated(head.size);
    },
    async sealedName() {
      if (envelope.version !== 3) return undefined;
      return openName(await unlocked.deriveKey(nameLabel), head.metadata);
    },
  };
}

function notEncrypted({ name }: SealedSource, beginning: Uint8Array): EnvelopeError {
  const message = beginsBase64Message(beginning)
    ? `${name} is base64 text: what it stands for is a message ("base64 -d")`
    : `${name} has no envelope`;
  return new EnvelopeError('not-encrypted', message);
}

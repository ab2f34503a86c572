import type { SealOptions } from '../core/esdk/esdk.ts';
import { type SuiteId, suites } from '../core/esdk/suite.ts';
import type { Description, Keyring } from '../core/keyrings/keyring.ts';
import { v2Algorithm, v3Algorithm } from '../core/s3ec/algorithm.ts';
import { algorithmToWrite, type CommitmentPolicy } from '../core/s3ec/s3ec.ts';
import { type Arguments, parseChoice, parsePairs } from './arguments.ts';
import type { AwsSettings } from './aws-settings.ts';
import type { HeldKey } from './keys/held-keys.ts';
import { messageWrapper } from './keys/message-keyring.ts';
import { s3ecWrapper } from './keys/s3ec-keyring.ts';
import { policyOf } from './unlock.ts';
import { usageError } from './usage-error.ts';

export type Format = 'esdk' | 'v3' | 'v2';

const formats: Readonly<Record<string, Format>> = { esdk: 'esdk', v3: 'v3', v2: 'v2' };

export function formatOf({ values }: Arguments, otherwise: Format): Format {
  return values.format === undefined ? otherwise : parseChoice(values.format, formats, 'format');
}

type Keys = readonly [HeldKey, ...HeldKey[]];

/** Throws `bad-argument` for what belongs to the other format. */
export async function messageSealing(args: Arguments, keys: Keys, aws: AwsSettings): Promise<SealOptions> {
  const { values } = args;
  if (values['instruction-file']) throw usageError('a message of the Encryption SDK has no instruction file');
  const id = values.suite?.toLowerCase().replace(/^0x/, '');
  const suite = id === undefined ? undefined : suites.find((known) => known.id === id)?.id;
  if (id !== undefined && suite === undefined) {
    throw usageError(`--suite is one of ${suites.map((known) => known.id).join(', ')}`);
  }
  return {
    keyring: await messageWrapper(keys, aws),
    encryptionContext: parsePairs(values.context, 'context'),
    requiredContextKeys: values['hidden-context'] ?? [],
    commitmentPolicy: policyOf(args) ?? policyFor(suite),
    ...(suite && { suite }),
    ...(values['frame-length'] !== undefined && { frameLength: bytesOf(values['frame-length']) }),
  };
}

/** A suite that does not commit was asked for by its name. */
function policyFor(suite: SuiteId | undefined): CommitmentPolicy | undefined {
  const commits = suites.find(({ id }) => id === suite)?.commits ?? true;
  return commits ? undefined : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
}

function bytesOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usageError('--frame-length takes a number of bytes');
}

export interface ObjectSealing {
  readonly keyring: Keyring;
  readonly encryptionContext: Description;
  readonly commitmentPolicy: CommitmentPolicy | undefined;
}

/** Rejects with `bad-argument` for what belongs to the other format, `policy-mismatch`. */
export async function objectSealing(
  args: Arguments,
  format: 'v3' | 'v2',
  keys: Keys,
  aws: AwsSettings,
): Promise<ObjectSealing> {
  const { values } = args;
  for (const option of ['suite', 'frame-length', 'hidden-context'] as const) {
    if (values[option] !== undefined) throw usageError(`--${option} is for --format esdk`);
  }
  // V2 was asked for by its name.
  const commitmentPolicy = policyOf(args) ?? (format === 'v2' ? 'FORBID_ENCRYPT_ALLOW_DECRYPT' : undefined);
  algorithmToWrite(commitmentPolicy, format === 'v2' ? v2Algorithm : v3Algorithm);
  return {
    keyring: await s3ecWrapper(keys, aws),
    encryptionContext: parsePairs(values.context, 'context'),
    commitmentPolicy,
  };
}

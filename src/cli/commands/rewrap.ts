import { EnvelopeError } from '../../core/errors.ts';
import { createS3EncryptionClient } from '../../lib/client.ts';
import { type Arguments, parsePairs } from '../arguments.ts';
import { holdKeys, holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs, newKeySpec } from '../keys/key-spec.ts';
import { s3ecOpener, s3ecWrapper } from '../keys/s3ec-keyring.ts';
import { parseObject } from '../location.ts';
import { recognise } from '../recognise.ts';
import { openBucket } from '../s3/bucket.ts';
import { openingOptions } from '../unlock.ts';
import { usageError } from '../usage-error.ts';

export async function rewrap(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const { bucket: Bucket, key: Key } = parseObject(positionals[0] ?? '');
  const keys = await holdSomeKeys(keySpecs(given));
  const [newKey] = await holdKeys([newKeySpec(given)]);
  if (!newKey) throw usageError('give one new key, with --new-key or --new-kms');
  const bucket = await openBucket(args, Bucket, signal);
  const source = await bucket.source(Key);
  const suffix = values['instruction-suffix'];
  const recognised = await recognise(source, suffix, signal);
  if (recognised.format === 'esdk') {
    throw new EnvelopeError(
      'algorithm-unsupported',
      'the wrapped keys of a message are bound to its content: get it and put it again',
    );
  }
  const { commitmentPolicy, legacy, encryptionContext } = openingOptions(args, keys, bucket.aws);
  const client = createS3EncryptionClient({
    client: bucket.client,
    keyring: await s3ecOpener(keys, bucket.aws),
    commitmentPolicy,
    legacy,
  });
  await client.reEncrypt({
    Bucket,
    Key,
    encryptionContext,
    IfMatch: source.head.etag,
    instructionFileSuffix: suffix,
    newKeyring: await s3ecWrapper([newKey], bucket.aws),
    newEncryptionContext: parsePairs(values['new-context'], 'new-context'),
    newInstructionFileSuffix: values['new-instruction-suffix'],
    allowSameDescription: values['allow-same-description'],
    enforceRotation: values['enforce-rotation'],
    abortSignal: signal,
  });
}

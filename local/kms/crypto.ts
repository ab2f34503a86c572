/** KMS's cryptographic operations with who may use them, for the API and for S3's server-side encryption alike. */
import { randomBytes } from 'node:crypto';
import { decide } from '../auth/policy.ts';
import { accountId, type Principal, region, type ServerSideKms } from '../contract.ts';
import { ServiceError } from '../service-error.ts';
import { type EncryptionContext, open, readBlob, seal } from './blob.ts';
import { type Key, type Keys, keyArn } from './keys.ts';

/** The key that S3 uses for `aws:kms` when none is named. */
export const s3KeyAlias = 'alias/aws/s3';

/** @throws AccessDeniedException unless the key policy, and IAM where it defers to it, allow the action. */
export function authorize(
  principal: Principal,
  action: string,
  key: Key | undefined,
  more: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  const name = `kms:${action}`;
  const resource = key ? keyArn(key) : '*';
  const decision = decide({
    principal,
    action: name,
    resource,
    context: { 'kms:calleraccount': principal.accountId, ...more },
    // Calls about no key in particular have no key policy; the account's IAM decides alone.
    resourcePolicy: key?.policy ?? { Statement: [wholeAccount] },
    resourceAccount: accountId,
  });
  if (decision === 'allow') return;
  const reason =
    decision === 'deny'
      ? 'with an explicit deny'
      : `because no policy that applies to it allows the ${name} action`;
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${name} on resource: ${resource} ${reason}`,
  );
}

const wholeAccount = {
  Effect: 'Allow',
  Principal: { AWS: accountId },
  Action: 'kms:*',
  Resource: '*',
} as const;

/** Condition keys of an operation that has an encryption context. */
export function contextKeys(context: EncryptionContext): Record<string, string | readonly string[]> {
  const names = Object.keys(context);
  return {
    ...Object.fromEntries(names.map((name) => [`kms:encryptioncontext:${name}`, context[name] ?? ''])),
    ...(names.length > 0 && { 'kms:encryptioncontextkeys': names }),
  };
}

/** @throws DisabledException, KMSInvalidStateException */
export function requireEnabled(key: Key): void {
  requireNotDeleted(key);
  if (!key.enabled) throw new ServiceError('DisabledException', `${keyArn(key)} is disabled.`);
}

/** @throws KMSInvalidStateException */
export function requireNotDeleted(key: Key): void {
  if (key.deletedAt === undefined) return;
  throw new ServiceError('KMSInvalidStateException', `${keyArn(key)} is pending deletion.`);
}

export function encryptUnder(key: Key, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const material = key.materials.length - 1;
  const secret = Buffer.from(key.materials[material] ?? '', 'base64');
  return seal({ keyId: key.id, material }, secret, plaintext, context);
}

/** The key that a blob names. @throws InvalidCiphertextException, whose message is empty as AWS's is */
export function keyOfBlob(keys: Keys, blob: Uint8Array): Key {
  const id = readBlob(blob)?.keyId;
  const key = keys.all().find((candidate) => candidate.id === id);
  if (!key) throw new ServiceError('InvalidCiphertextException');
  return key;
}

/** @throws InvalidCiphertextException */
export function decryptUnder(key: Key, blob: Uint8Array, context: EncryptionContext): Buffer {
  const material = key.materials[readBlob(blob)?.material ?? -1];
  const plaintext = material && open(blob, Buffer.from(material, 'base64'), context);
  if (!plaintext) throw new ServiceError('InvalidCiphertextException');
  return plaintext;
}

/** What S3 calls for SSE-KMS. Throws the `ServiceError`s that the API would answer with. */
export function serverSideKms(keys: Keys): ServerSideKms {
  const viaS3 = { 'kms:viaservice': `s3.${region}.amazonaws.com` };
  return {
    generateDataKey(principal, keyId, context) {
      const key = keyId === s3KeyAlias ? s3Key(keys) : keys.find(keyId);
      authorize(principal, 'GenerateDataKey', key, { ...contextKeys(context), ...viaS3 });
      requireEnabled(key);
      const plaintext = randomBytes(32);
      return { keyArn: keyArn(key), plaintext, ciphertextBlob: encryptUnder(key, plaintext, context) };
    },
    decrypt(principal, blob, context) {
      const key = keyOfBlob(keys, blob);
      authorize(principal, 'Decrypt', key, { ...contextKeys(context), ...viaS3 });
      requireEnabled(key);
      return { plaintext: decryptUnder(key, blob, context) };
    },
  };
}

/** AWS makes this key when S3 first needs it; everyone in the account may use it, through S3 alone. */
function s3Key(keys: Keys): Key {
  if (!keys.aliases.some((alias) => alias.name === s3KeyAlias)) {
    const key = keys.create({
      description: 'Default key that protects my S3 objects when no other key is defined',
      manager: 'AWS',
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: [
              'kms:Encrypt',
              'kms:Decrypt',
              'kms:ReEncrypt*',
              'kms:GenerateDataKey*',
              'kms:DescribeKey',
            ],
            Resource: '*',
            Condition: {
              StringEquals: {
                'kms:CallerAccount': accountId,
                'kms:ViaService': `s3.${region}.amazonaws.com`,
              },
            },
          },
        ],
      },
    });
    keys.aliases.push({ name: s3KeyAlias, keyId: key.id });
    keys.save();
  }
  return keys.find(s3KeyAlias);
}

/** Server-side encryption: which content key an object gets, and how it is found again. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { equalInConstantTime } from '../auth/sigv4.ts';
import type { Principal, ServerSideKms } from '../contract.ts';
import { S3Error } from './errors.ts';
import type { BucketEncryption } from './store.ts';

export type EncryptionRecord =
  | { readonly kind: 'AES256' }
  | {
      readonly kind: 'aws:kms';
      readonly keyArn: string;
      /** Base64: the wrapped content key. */
      readonly blob: string;
      readonly context: Readonly<Record<string, string>>;
      readonly bucketKey: boolean;
    }
  | {
      readonly kind: 'SSE-C';
      readonly keyMd5: string;
      /** Base64; salt and HMAC tell the right key from others without telling the key. */
      readonly salt: string;
      readonly verifier: string;
    };

/**
 * What an object's bytes are encrypted under at rest, 32 bytes. None for SSE-S3: its key would lie on the same disk
 * and protect nothing.
 */
export type ContentKey = Buffer | undefined;

type HeaderLookup = (name: string) => string | undefined;

export interface KeyServices {
  readonly kms: ServerSideKms;
}

const sse = 'x-amz-server-side-encryption';
const customer = `${sse}-customer-`;
const copySourceCustomer = 'x-amz-copy-source-server-side-encryption-customer-';

/** The encryption that headers and the bucket's default ask for, with a fresh content key. */
export function newEncryption(
  services: KeyServices,
  principal: Principal,
  header: HeaderLookup,
  settings: BucketEncryption | undefined,
  arns: { readonly bucket: string; readonly object: string },
): { record: EncryptionRecord; contentKey: ContentKey } {
  const customerKey = customerKeyOf(header, customer);
  const asked = header(sse);
  if (customerKey) {
    if (asked !== undefined)
      throw new S3Error(
        'InvalidArgument',
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      );
    if (settings?.blocked?.includes('SSE-C'))
      throw new S3Error(
        'AccessDenied',
        'The bucket blocks uploads with server-side encryption with customer-provided keys (SSE-C).',
      );
    const salt = randomBytes(16);
    return {
      record: {
        kind: 'SSE-C',
        keyMd5: md5(customerKey),
        salt: salt.toString('base64'),
        verifier: verifierOf(customerKey, salt),
      },
      contentKey: customerKey,
    };
  }
  const algorithm = asked ?? settings?.algorithm ?? 'AES256';
  if (algorithm === 'AES256') {
    if (header(`${sse}-aws-kms-key-id`) !== undefined)
      throw new S3Error(
        'InvalidArgument',
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      );
    return { record: { kind: 'AES256' }, contentKey: undefined };
  }
  if (algorithm !== 'aws:kms')
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported');
  const keyId =
    header(`${sse}-aws-kms-key-id`) ??
    (asked === undefined ? settings?.kmsKeyId : undefined) ??
    'alias/aws/s3';
  const bucketKeyHeader = header(`${sse}-bucket-key-enabled`);
  const bucketKey = bucketKeyHeader === undefined ? settings?.bucketKey === true : bucketKeyHeader === 'true';
  const context = { ...ownContext(header), 'aws:s3:arn': bucketKey ? arns.bucket : arns.object };
  const key = asking(() => services.kms.generateDataKey(principal, keyId, context));
  return {
    record: {
      kind: 'aws:kms',
      keyArn: key.keyArn,
      blob: Buffer.from(key.ciphertextBlob).toString('base64'),
      context,
      bucketKey,
    },
    contentKey: Buffer.from(key.plaintext),
  };
}

/** The content key of something stored. `source`: the headers are those for the source of a copy. */
export function contentKeyOf(
  services: KeyServices,
  principal: Principal,
  header: HeaderLookup,
  record: EncryptionRecord,
  source?: 'copy source',
): ContentKey {
  checkCustomerKey(header, record, source);
  switch (record.kind) {
    case 'AES256':
      return undefined;
    case 'aws:kms':
      return Buffer.from(
        asking(() => services.kms.decrypt(principal, Buffer.from(record.blob, 'base64'), record.context))
          .plaintext,
      );
    case 'SSE-C':
      return customerKeyOf(header, source ? copySourceCustomer : customer) ?? Buffer.alloc(0);
  }
}

/** What reading metadata needs as well: the customer's key if there is one, and no other. */
export function checkCustomerKey(
  header: HeaderLookup,
  record: EncryptionRecord,
  source?: 'copy source',
): void {
  const customerKey = customerKeyOf(header, source ? copySourceCustomer : customer);
  if (record.kind !== 'SSE-C') {
    if (customerKey)
      throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
    return;
  }
  if (!customerKey)
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  if (!equalInConstantTime(verifierOf(customerKey, Buffer.from(record.salt, 'base64')), record.verifier))
    throw new S3Error(
      'AccessDenied',
      'The provided encryption parameters did not match the ones used originally.',
    );
}

export function encryptionHeaders(record: EncryptionRecord): Record<string, string> {
  switch (record.kind) {
    case 'AES256':
      return { [sse]: 'AES256' };
    case 'aws:kms':
      return {
        [sse]: 'aws:kms',
        [`${sse}-aws-kms-key-id`]: record.keyArn,
        ...(record.bucketKey ? { [`${sse}-bucket-key-enabled`]: 'true' } : {}),
      };
    case 'SSE-C':
      return { [`${customer}algorithm`]: 'AES256', [`${customer}key-md5`]: record.keyMd5 };
  }
}

function customerKeyOf(header: HeaderLookup, prefix: string): Buffer | undefined {
  const [algorithm, key, keyMd5] = ['algorithm', 'key', 'key-md5'].map((name) => header(`${prefix}${name}`));
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined;
  if (algorithm === undefined || key === undefined || keyMd5 === undefined)
    throw new S3Error(
      'InvalidArgument',
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
    );
  if (algorithm !== 'AES256')
    throw new S3Error(
      'InvalidArgument',
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
    );
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32)
    throw new S3Error('InvalidArgument', 'The secret key was invalid for the specified algorithm.');
  if (md5(bytes) !== keyMd5)
    throw new S3Error(
      'InvalidArgument',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    );
  return bytes;
}

function ownContext(header: HeaderLookup): Record<string, string> {
  const encoded = header(`${sse}-context`);
  if (encoded === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    const entries = Object.entries(parsed as object);
    if (entries.every(([, value]) => typeof value === 'string')) return Object.fromEntries(entries);
  } catch {}
  throw new S3Error('InvalidArgument', 'The header x-amz-server-side-encryption-context is not valid.');
}

/** Runs a KMS call; its refusals become S3's: no access is S3's own, the rest `KMS.<name>`. */
function asking<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
    const said = typeof code === 'string' ? code : String(name);
    if (said === 'AccessDeniedException') throw new S3Error('AccessDenied', String(message));
    if (/^[A-Z]\w*Exception$/.test(said)) throw new S3Error(`KMS.${said}`, String(message));
    throw error;
  }
}

function verifierOf(key: Buffer, salt: Buffer): string {
  return createHmac('sha256', key).update(salt).digest('base64');
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

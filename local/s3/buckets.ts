/** Buckets and their settings. */

import { policyFault } from '../auth/policy.ts';
import { type PolicyDocument, region } from '../contract.ts';
import { readText } from './body.ts';
import { corsDocument, corsRulesOf } from './cors.ts';
import { S3Error } from './errors.ts';
import { authorize, bucketOf, type Exchange, reply } from './exchange.ts';
import type { Bucket, BucketEncryption } from './store.ts';
import { taggingDocument, tagsOfDocument } from './writes.ts';
import { child, childrenNamed, el, optional, parseXml, textOf, xmlDocument } from './xml.ts';

const maxDocument = 64 * 1024;

/** Throws `InvalidBucketName`. */
export function checkBucketName(name: string): void {
  if (
    !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) ||
    name.includes('..') ||
    /^\d+\.\d+\.\d+\.\d+$/.test(name)
  )
    throw new S3Error('InvalidBucketName');
}

export function createBucket(x: Exchange): void {
  checkBucketName(x.bucketName);
  // No bucket yet whose policy could allow it, and nobody else has a use for it here.
  if (x.principal.kind !== 'administrator') throw new S3Error('AccessDenied');
  if (x.store.buckets.has(x.bucketName)) throw new S3Error('BucketAlreadyOwnedByYou');
  x.store.createBucket(x.bucketName, x.now());
  reply(x, 200, { Location: `/${x.bucketName}` });
}

export function headBucket(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:ListBucket', { bucket });
  reply(x, 200, { 'x-amz-bucket-region': region, 'Content-Type': 'application/xml' });
}

export function deleteBucket(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:DeleteBucket', { bucket });
  if (bucket.objects.size > 0) throw new S3Error('BucketNotEmpty');
  x.store.deleteBucket(bucket);
  reply(x, 204);
}

export function listBuckets(x: Exchange): void {
  if (x.principal.kind !== 'administrator') throw new S3Error('AccessDenied');
  const buckets = [...x.store.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const body = xmlDocument(
    'ListAllMyBucketsResult',
    el('Owner', el('ID', 'owner'), el('DisplayName', 'owner')),
    el(
      'Buckets',
      buckets.map(({ name, settings }) =>
        el('Bucket', el('Name', name), el('CreationDate', new Date(settings.created).toISOString())),
      ),
    ),
  );
  reply(x, 200, {}, body);
}

export function getBucketLocation(x: Exchange): void {
  authorize(x, 's3:GetBucketLocation', { bucket: bucketOf(x, x.bucketName) });
  // The first region has no name here.
  reply(x, 200, {}, xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region));
}

/** The bucket, once this may be done to it. */
function permitted(x: Exchange, action: string): Bucket {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, `s3:${action}`, { bucket });
  return bucket;
}

function document(x: Exchange): Promise<string> {
  return readText(x.request, x.header, x.payload, maxDocument);
}

function save(x: Exchange, bucket: Bucket, status = 200): void {
  x.store.saveSettings(bucket);
  reply(x, status);
}

export function getBucketVersioning(x: Exchange): void {
  const { settings } = permitted(x, 'GetBucketVersioning');
  reply(x, 200, {}, xmlDocument('VersioningConfiguration', optional('Status', settings.versioning)));
}

export async function putBucketVersioning(x: Exchange): Promise<void> {
  const bucket = permitted(x, 'PutBucketVersioning');
  const status = textOf(parseXml(await document(x)), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new S3Error('IllegalVersioningConfigurationException');
  bucket.settings.versioning = status;
  save(x, bucket);
}

export function getBucketCors(x: Exchange): void {
  const { settings } = permitted(x, 'GetBucketCORS');
  if (!settings.cors) throw new S3Error('NoSuchCORSConfiguration');
  reply(x, 200, {}, corsDocument(settings.cors));
}

export async function putBucketCors(x: Exchange): Promise<void> {
  const bucket = permitted(x, 'PutBucketCORS');
  bucket.settings.cors = corsRulesOf(parseXml(await document(x)));
  save(x, bucket);
}

export function deleteBucketCors(x: Exchange): void {
  const bucket = permitted(x, 'PutBucketCORS');
  delete bucket.settings.cors;
  save(x, bucket, 204);
}

export function getBucketPolicy(x: Exchange): void {
  const { settings } = permitted(x, 'GetBucketPolicy');
  if (!settings.policy) throw new S3Error('NoSuchBucketPolicy');
  reply(x, 200, { 'Content-Type': 'application/json' }, JSON.stringify(settings.policy));
}

export async function putBucketPolicy(x: Exchange): Promise<void> {
  const bucket = permitted(x, 'PutBucketPolicy');
  bucket.settings.policy = policyOf(await document(x), bucket.name);
  save(x, bucket, 204);
}

export function deleteBucketPolicy(x: Exchange): void {
  const bucket = permitted(x, 'DeleteBucketPolicy');
  delete bucket.settings.policy;
  save(x, bucket, 204);
}

/** A policy that could be this bucket's. Throws `MalformedPolicy`. */
export function policyOf(source: string, bucketName: string): PolicyDocument {
  const malformed = (message?: string) => new S3Error('MalformedPolicy', message);
  let policy: PolicyDocument;
  try {
    policy = JSON.parse(source) as PolicyDocument;
  } catch {
    throw malformed();
  }
  const statements = [policy?.Statement ?? []].flat();
  const fault = policyFault({ Statement: statements });
  if (fault !== undefined) throw malformed(fault);
  const own = `arn:aws:s3:::${bucketName}`;
  for (const { Principal, NotPrincipal, Resource, NotResource } of statements) {
    if (Principal === undefined && NotPrincipal === undefined)
      throw malformed('Missing required field Principal');
    const resources = [Resource ?? NotResource ?? []].flat().map(String);
    if (!resources.every((arn) => arn === own || arn.startsWith(`${own}/`) || arn === '*'))
      throw malformed('Policy has invalid resource');
  }
  return { ...policy, Statement: statements };
}

export function getBucketEncryption(x: Exchange): void {
  const { settings } = permitted(x, 'GetEncryptionConfiguration');
  const { algorithm, kmsKeyId, bucketKey, blocked }: BucketEncryption = settings.encryption ?? {
    algorithm: 'AES256',
  };
  const body = xmlDocument(
    'ServerSideEncryptionConfiguration',
    el(
      'Rule',
      el(
        'ApplyServerSideEncryptionByDefault',
        el('SSEAlgorithm', algorithm),
        optional('KMSMasterKeyID', kmsKeyId),
      ),
      el('BucketKeyEnabled', bucketKey ?? false),
      blocked &&
        el(
          'BlockedEncryptionTypes',
          blocked.map((type) => el('EncryptionType', type)),
        ),
    ),
  );
  reply(x, 200, {}, body);
}

export async function putBucketEncryption(x: Exchange): Promise<void> {
  const bucket = permitted(x, 'PutEncryptionConfiguration');
  const root = parseXml(await document(x));
  const rule = child(root, 'Rule');
  if (root.name !== 'ServerSideEncryptionConfiguration' || !rule) throw new S3Error('MalformedXML');
  const byDefault = child(rule, 'ApplyServerSideEncryptionByDefault');
  const algorithm = byDefault ? textOf(byDefault, 'SSEAlgorithm') : 'AES256';
  const kmsKeyId = textOf(byDefault, 'KMSMasterKeyID');
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') throw new S3Error('MalformedXML');
  const blocked = child(rule, 'BlockedEncryptionTypes');
  bucket.settings.encryption = {
    algorithm,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    bucketKey: textOf(rule, 'BucketKeyEnabled') === 'true',
    ...(blocked ? { blocked: childrenNamed(blocked, 'EncryptionType').map(({ text }) => text) } : {}),
  };
  save(x, bucket);
}

export function deleteBucketEncryption(x: Exchange): void {
  const bucket = permitted(x, 'PutEncryptionConfiguration');
  delete bucket.settings.encryption;
  save(x, bucket, 204);
}

export function getBucketTagging(x: Exchange): void {
  const { settings } = permitted(x, 'GetBucketTagging');
  if (!settings.tags) throw new S3Error('NoSuchTagSet');
  reply(x, 200, {}, taggingDocument(settings.tags));
}

export async function putBucketTagging(x: Exchange): Promise<void> {
  const bucket = permitted(x, 'PutBucketTagging');
  bucket.settings.tags = tagsOfDocument(await document(x), 50);
  save(x, bucket, 204);
}

export function deleteBucketTagging(x: Exchange): void {
  const bucket = permitted(x, 'PutBucketTagging');
  delete bucket.settings.tags;
  save(x, bucket, 204);
}

/** Settings that are kept and given back, and change nothing here. */
const keptDocuments = {
  lifecycle: {
    root: 'LifecycleConfiguration',
    action: 'LifecycleConfiguration',
    missing: 'NoSuchLifecycleConfiguration',
  },
  publicAccessBlock: {
    root: 'PublicAccessBlockConfiguration',
    action: 'BucketPublicAccessBlock',
    missing: 'NoSuchPublicAccessBlockConfiguration',
  },
} as const;

export function keptDocument(name: keyof typeof keptDocuments) {
  const { root, action, missing } = keptDocuments[name];
  return {
    get(x: Exchange): void {
      const kept = permitted(x, `Get${action}`).settings.documents?.[name];
      if (kept === undefined) throw new S3Error(missing);
      reply(x, 200, {}, kept);
    },
    async put(x: Exchange): Promise<void> {
      const bucket = permitted(x, `Put${action}`);
      const source = await document(x);
      if (parseXml(source).name !== root) throw new S3Error('MalformedXML');
      bucket.settings.documents = { ...bucket.settings.documents, [name]: source };
      save(x, bucket);
    },
    remove(x: Exchange): void {
      const bucket = permitted(x, `Put${action}`);
      const { [name]: _, ...others } = bucket.settings.documents ?? {};
      bucket.settings.documents = others;
      save(x, bucket, 204);
    },
  };
}

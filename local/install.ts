/** Puts the documents of `deploy/` on the bucket through S3's own API, as docs/deploy.md does with the AWS CLI. */
import { createHash } from 'node:crypto';
import type { AccessKey } from './auth/credentials.ts';
import { signS3 } from './auth/sign.ts';
import { deployDocument, type Variables } from './documents.ts';

export interface InstallOptions {
  readonly administrator: AccessKey;
  /** Host and port of S3. */
  readonly s3Host: string;
  readonly bucket: string;
  readonly variables: Variables;
  /** Where the app is served from. */
  readonly appOrigins: readonly string[];
}

type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** Runs at every start: the documents are what counts, and the app's address may have changed. */
export async function installBucket(options: InstallOptions): Promise<void> {
  const { variables, appOrigins } = options;
  const cors = deployDocument<{ CORSRules: { [name: string]: Json }[] }>('cors.json', variables);
  const rules = cors.CORSRules.map((rule) => ({ ...rule, AllowedOrigins: appOrigins }));
  const encryption = deployDocument<Json>('bucket-encryption.json', variables);
  const policy = deployDocument<Json>('bucket-policy.json', variables);
  await put(options, undefined, '', 'BucketAlreadyOwnedByYou');
  await put(options, 'encryption', xml('ServerSideEncryptionConfiguration', encryption));
  await put(options, 'policy', JSON.stringify(policy));
  await put(options, 'cors', xml('CORSConfiguration', { CORSRules: rules }));
  await put(
    options,
    'lifecycle',
    xml('LifecycleConfiguration', deployDocument<Json>('lifecycle.json', variables)),
  );
}

async function put(
  { administrator, s3Host, bucket }: InstallOptions,
  subresource: string | undefined,
  body: string,
  tolerated?: string,
): Promise<void> {
  const { target, headers } = signS3(administrator, {
    method: 'PUT',
    host: s3Host,
    path: `/${bucket}`,
    ...(subresource !== undefined && { subresource }),
    headers: { 'content-md5': createHash('md5').update(body).digest('base64') },
    body,
  });
  const response = await fetch(`http://${s3Host}${target}`, { method: 'PUT', headers, body });
  const answer = await response.text();
  if (!response.ok && !(tolerated && answer.includes(`<Code>${tolerated}</Code>`))) {
    throw new Error(`The local S3 refused ${subresource ?? 'the bucket'}: ${response.status} ${answer}`);
  }
}

/** The CLI's JSON as the XML that S3 takes: a list becomes its element, named in the singular, over and over. */
export function xml(name: string, value: Json): string {
  if (Array.isArray(value)) return value.map((item) => xml(name.replace(/s$/, ''), item)).join('');
  if (typeof value !== 'object') {
    const text = String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return `<${name}>${text}</${name}>`;
  }
  const members = Object.entries(value).map(([member, item]) => xml(member, item));
  return `<${name}>${members.join('')}</${name}>`;
}

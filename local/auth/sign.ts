import { createHash } from 'node:crypto';
import { region } from '../contract.ts';
import type { AccessKey } from './credentials.ts';
import { awsEncode, hmac, signingKey } from './sigv4.ts';

export interface UnsignedRequest {
  readonly method: string;
  readonly host: string;
  /** Bucket and key as they are, `/` between: not percent-encoded. */
  readonly path: string;
  /** A subresource such as `policy`. */
  readonly subresource?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Signs a request to S3 as CloudFront and the AWS CLI do: the target to send it to, and all its headers. */
export function signS3(
  { accessKeyId, secretAccessKey }: AccessKey,
  { method, host, path, subresource, headers = {}, body = '' }: UnsignedRequest,
): { target: string; headers: Record<string, string> } {
  const target = path.split('/').map(awsEncode).join('/');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const date = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const all: Record<string, string> = {
    ...headers,
    host,
    'x-amz-date': date,
    'x-amz-content-sha256': sha256(body),
  };
  const names = Object.keys(all).sort();
  const canonical = [
    method,
    target,
    subresource === undefined ? '' : `${subresource}=`,
    ...names.map((name) => `${name}:${all[name]?.trim()}`),
    '',
    names.join(';'),
    all['x-amz-content-sha256'],
  ].join('\n');
  const key = signingKey(secretAccessKey, date.slice(0, 8), region, 's3');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return {
    target: subresource === undefined ? target : `${target}?${subresource}`,
    headers: { ...all, authorization },
  };
}

/**
 * POST policies: what a signed form lets its bearer upload.
 * Source: "Browser-Based Uploads Using POST (AWS Signature Version 4)", Amazon S3 API Reference.
 */
import { equalInConstantTime, findCredentials, hmac, signingKey } from '../auth/sigv4.ts';
import { type CredentialLookup, type Principal, region } from '../contract.ts';
import { S3Error } from './errors.ts';

export interface AllowedUpload {
  readonly principal: Principal;
  /** Bytes. */
  readonly minSize: number;
  readonly maxSize: number;
}

/** Who signed the form's policy and the sizes it allows. `fields`: by lower-case name, variables expanded. */
export function checkPostPolicy(
  fields: ReadonlyMap<string, string>,
  bucketName: string,
  credentials: CredentialLookup,
  now: number,
): AllowedUpload {
  const principal = verifyForm(fields, credentials, now);
  const { expiration, conditions } = parsePolicy(fields.get('policy') ?? '');
  if (now >= expiration) throw new S3Error('AccessDenied', 'Invalid according to Policy: Policy expired.');
  const values = new Map([...fields, ['bucket', bucketName]]);
  const covered = new Set(['policy', 'x-amz-signature', 'file', 'bucket']);
  let [minSize, maxSize] = [0, Number.POSITIVE_INFINITY];
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') {
      [minSize, maxSize] = [Math.max(minSize, condition.min), Math.min(maxSize, condition.max)];
      continue;
    }
    const { kind, name, value } = condition;
    covered.add(name);
    const actual = values.get(name) ?? '';
    if (kind === 'eq' ? actual !== value : !actual.startsWith(value))
      throw new S3Error(
        'AccessDenied',
        `Invalid according to Policy: Policy Condition failed: ["${kind}", "$${name}", "${value}"]`,
      );
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !name.startsWith('x-ignore-'));
  if (extra.length > 0)
    throw new S3Error('AccessDenied', `Invalid according to Policy: Extra input fields: ${extra.join(', ')}`);
  return { principal, minSize, maxSize };
}

function verifyForm(
  fields: ReadonlyMap<string, string>,
  credentials: CredentialLookup,
  now: number,
): Principal {
  const need = (name: string) => {
    const value = fields.get(name);
    if (!value)
      throw new S3Error(
        'InvalidArgument',
        `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      );
    return value;
  };
  if (need('x-amz-algorithm') !== 'AWS4-HMAC-SHA256')
    throw new S3Error('InvalidArgument', 'Unknown signing algorithm.');
  const [date, signature] = [need('x-amz-date'), need('x-amz-signature')];
  const [accessKeyId = '', day = '', scopeRegion, service, last, ...more] =
    need('x-amz-credential').split('/');
  const scoped = scopeRegion === region && service === 's3' && last === 'aws4_request' && more.length === 0;
  if (!scoped || !date.startsWith(`${day}T`))
    throw new S3Error('InvalidArgument', 'The credential scope is wrong.');
  const found = findCredentials(credentials, accessKeyId, fields.get('x-amz-security-token'), now);
  if (!found.ok) throw new S3Error(found.code, found.message);
  const key = signingKey(found.secretAccessKey, day, region, 's3');
  if (!equalInConstantTime(hmac(key, fields.get('policy') ?? '').toString('hex'), signature))
    throw new S3Error('SignatureDoesNotMatch');
  return found.principal;
}

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly name: string; readonly value: string }
  | { readonly kind: 'content-length-range'; readonly min: number; readonly max: number };

function parsePolicy(encoded: string): { expiration: number; conditions: Condition[] } {
  const invalid = (what: string) => new S3Error('InvalidPolicyDocument', `Invalid Policy: ${what}`);
  let policy: { expiration?: unknown; conditions?: unknown };
  try {
    policy = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) ?? {};
  } catch {
    throw invalid('Invalid JSON.');
  }
  const expiration = Date.parse(String(policy.expiration));
  if (Number.isNaN(expiration)) throw invalid("Invalid 'expiration' value.");
  if (!Array.isArray(policy.conditions)) throw invalid('Missing conditions.');
  return { expiration, conditions: policy.conditions.flatMap(conditionOf) };

  function conditionOf(condition: unknown): Condition[] {
    if (!Array.isArray(condition)) {
      if (condition === null || typeof condition !== 'object') throw invalid('Invalid Condition.');
      return Object.entries(condition).map(([name, value]) => ({
        kind: 'eq',
        name: name.toLowerCase(),
        value: String(value),
      }));
    }
    const [kind, first, second] = condition.map(String) as [string?, string?, string?];
    if (condition.length !== 3 || first === undefined || second === undefined)
      throw invalid('Invalid Condition.');
    if (kind?.toLowerCase() === 'content-length-range') {
      const [min, max] = [Number(first), Number(second)];
      if (!(min >= 0 && max >= min)) throw invalid('Invalid content-length-range.');
      return [{ kind: 'content-length-range', min, max }];
    }
    const plain = kind?.toLowerCase();
    if ((plain !== 'eq' && plain !== 'starts-with') || !first.startsWith('$'))
      throw invalid('Invalid Condition.');
    return [{ kind: plain, name: first.slice(1).toLowerCase(), value: second }];
  }
}

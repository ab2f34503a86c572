/** The name of a KMS key: `arn:<partition>:kms:<region>:<account>:key/<id>`, or `alias/<name>` at its end. */
export interface KmsArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly type: 'key' | 'alias';
  /** What follows the type; slashes after the first belong to it. */
  readonly id: string;
}

/** Undefined for anything else (framework/aws-kms/aws-kms-key-arn.md). */
export function parseKmsArn(text: string): KmsArn | undefined {
  const [arn, partition, service, region, account, resource, ...more] = text.split(':');
  const slash = resource?.indexOf('/') ?? -1;
  const type = resource?.slice(0, slash);
  const id = resource?.slice(slash + 1);
  if (arn !== 'arn' || service !== 'kms' || more.length > 0 || slash < 0) return undefined;
  if (!partition || !region || !account || !id || (type !== 'key' && type !== 'alias')) return undefined;
  return { partition, region, account, type, id };
}

export function formatKmsArn({ partition, region, account, type, id }: KmsArn): string {
  return `arn:${partition}:kms:${region}:${account}:${type}/${id}`;
}

/** Whether a key has replicas in other regions, all of one key material. An alias may be called so and is none. */
export function isMultiRegion({ type, id }: KmsArn): boolean {
  return type === 'key' && id.startsWith('mrk-');
}

/** Whether two ARNs are one key, or replicas of one. */
export function isSameMultiRegionKey(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseKmsArn(one), parseKmsArn(other)];
  if (!a || !b || !isMultiRegion(a) || !isMultiRegion(b)) return false;
  return formatKmsArn({ ...a, region: b.region }) === formatKmsArn(b);
}

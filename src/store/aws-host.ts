/** What hosts end with in the partitions of AWS that are not `amazonaws.com`, by what their regions begin with. */
const suffixes: readonly (readonly [regions: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
];

/** The address of one of AWS's services, by the name that its hosts begin with. */
export function awsOrigin(service: string, region: string): string {
  const [, suffix = 'amazonaws.com'] = suffixes.find(([regions]) => region.startsWith(regions)) ?? [];
  return `https://${service}.${region}.${suffix}`;
}

/** Where a bucket answers; one with dots in its name in a path, since no certificate covers such a host. */
export function bucketOrigin(bucket: string, region: string): string {
  return awsOrigin(bucket.includes('.') ? 's3' : `${bucket}.s3`, region);
}

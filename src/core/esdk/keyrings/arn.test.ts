import { describe, expect, it } from 'vitest';
import { formatKmsArn, isMultiRegion, isSameMultiRegionKey, parseKmsArn } from './arn.ts';

const key = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd';
const replica = 'arn:aws:kms:us-west-2:111122223333:key/mrk-1234abcd';

describe('the ARN of a KMS key', () => {
  it.each([key, replica, 'arn:aws-cn:kms:cn-north-1:1:alias/a/b'])('%s', (text) => {
    const arn = parseKmsArn(text);
    expect(arn && formatKmsArn(arn)).toBe(text);
  });

  it('keeps later slashes in the id', () => {
    expect(parseKmsArn('arn:aws:kms:r:a:alias/x/y')).toMatchObject({ type: 'alias', id: 'x/y' });
  });

  it.each([
    '',
    'alias/name',
    '1234abcd',
    'arn:aws:kms:us-west-2:111122223333',
    'arn:aws:kms:us-west-2:111122223333:key',
    'arn:aws:kms:us-west-2:111122223333:key/',
    'arn:aws:kms:us-west-2:111122223333:key:1234abcd',
    'arn:aws:kms:us-west-2:111122223333:grant/1234abcd',
    'arn:aws:kms:us-west-2:111122223333:/1234abcd',
    'arn:aws:kms:us-west-2::key/1234abcd',
    'arn:aws:kms::111122223333:key/1234abcd',
    'arn::kms:us-west-2:111122223333:key/1234abcd',
    'arn:aws:s3:us-west-2:111122223333:key/1234abcd',
    'nra:aws:kms:us-west-2:111122223333:key/1234abcd',
    `${key}:more`,
  ])('is not “%s”', (text) => {
    expect(parseKmsArn(text)).toBeUndefined();
  });
});

describe('multi-Region keys', () => {
  it.each([
    [key, false],
    [replica, true],
    ['arn:aws:kms:us-west-2:111122223333:alias/mrk-1234abcd', false],
  ])('%s: %s', (text, expected) => {
    const arn = parseKmsArn(text);
    expect(arn && isMultiRegion(arn)).toBe(expected);
  });

  it.each([
    [replica, true],
    [replica.replace('us-west-2', 'eu-west-1'), true],
    [replica.replace('1234abcd', '1234abce'), false],
    [replica.replace('111122223333', '111122223334'), false],
    [replica.replace('arn:aws:', 'arn:aws-cn:'), false],
    [replica.replace(':key/', ':alias/'), false],
    [key, false],
  ])('are one key in two regions: %s, %s', (other, expected) => {
    expect(isSameMultiRegionKey(replica, other)).toBe(expected);
  });

  it('are not keys of one region alone', () => {
    expect(isSameMultiRegionKey(key, key.replace('us-west-2', 'eu-west-1'))).toBe(false);
    expect(isSameMultiRegionKey(key, key)).toBe(true);
  });
});

/**
 * Every metadata key of the three formats, under its S3 name without the `x-amz-meta-` prefix
 * (awslabs/aws-encryption-sdk-specification, s3-encryption/data-format/content-metadata.md).
 */
export const mapkeys = {
  v1EncryptedDataKey: 'x-amz-key',
  v2EncryptedDataKey: 'x-amz-key-v2',
  iv: 'x-amz-iv',
  contentCipher: 'x-amz-cek-alg',
  wrapAlgorithm: 'x-amz-wrap-alg',
  tagLength: 'x-amz-tag-len',
  description: 'x-amz-matdesc',

  v3EncryptedDataKey: 'x-amz-3',
  contentSuite: 'x-amz-c',
  wrapCode: 'x-amz-w',
  commitment: 'x-amz-d',
  messageId: 'x-amz-i',
  materialsDescription: 'x-amz-m',
  encryptionContext: 'x-amz-t',

  plaintextLength: 'x-amz-unencrypted-content-length',
  instructionFile: 'x-amz-crypto-instr-file',
} as const;

export type Mapkey = (typeof mapkeys)[keyof typeof mapkeys];

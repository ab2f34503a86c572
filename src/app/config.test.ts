import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

const good = {
  version: 1,
  region: 'eu-central-1',
  bucket: 'documents-of-acme',
  credentials: { kind: 'cognito-guest', identityPoolId: 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef' },
  kms: { keyId: 'alias/documents', label: "Acme's key" },
  links: { kind: 'path', path: '/shared/', days: 30 },
};

const presigned = { kind: 'presigned', endpoint: 'https://sign.example/files', signIn: 'token' };

describe('parseConfig', () => {
  it('takes a whole one as it is, and one without KMS', () => {
    expect(parseConfig(JSON.stringify(good))).toEqual(good);
    const { kms: _, ...without } = good;
    expect(parseConfig(JSON.stringify(without))).toEqual(without);
  });

  it.each(['token', 'cookie'])(
    'takes a presign endpoint in place of credentials, signing in by %s',
    (signIn) => {
      for (const endpoint of [
        'https://sign.example',
        'https://sign.example:8443/files/v1',
        'http://127.0.0.1:4600/x',
      ]) {
        const { kms: _, ...rest } = good;
        const config = { ...rest, credentials: { kind: 'presigned', endpoint, signIn } };
        expect(parseConfig(JSON.stringify(config))).toEqual(config);
      }
    },
  );

  it.each(['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'])('takes the region %s', (region) => {
    expect(parseConfig(JSON.stringify({ ...good, region })).region).toBe(region);
  });

  it('takes endpoints by https, and by http on this machine alone', () => {
    for (const s3Endpoint of ['https://s3.example', 'http://127.0.0.1:9000', 'http://localhost:9000']) {
      expect(parseConfig(JSON.stringify({ ...good, s3Endpoint })).s3Endpoint).toBe(s3Endpoint);
    }
    for (const s3Endpoint of [
      'http://s3.example',
      'https://s3.example/path',
      'https://user:word@s3.example',
      'https://user@s3.example',
      'https://s3.example\\path',
      'javascript:alert(1)',
      7,
    ]) {
      expect(() => parseConfig(JSON.stringify({ ...good, s3Endpoint }))).toThrow(
        expect.objectContaining({
          code: 'config-invalid',
          details: expect.objectContaining({ field: 's3Endpoint' }),
        }),
      );
    }
  });

  it.each([
    ['version', { version: 2 }],
    ['region', { region: 'Frankfurt' }],
    ['bucket', { bucket: 'No_Such.Name!' }],
    ['bucket', { bucket: undefined }],
    ['credentials', { credentials: undefined }],
    ['credentials.kind', { credentials: { kind: 'keys' } }],
    ['credentials.identityPoolId', { credentials: { kind: 'cognito-guest', identityPoolId: 'pool' } }],
    ['credentials.signIn', { kms: undefined, credentials: { ...presigned, signIn: 'password' } }],
    ['credentials.signIn', { kms: undefined, credentials: { ...presigned, signIn: undefined } }],
    ['credentials.endpoint', { kms: undefined, credentials: { ...presigned, endpoint: undefined } }],
    [
      'credentials.endpoint',
      { kms: undefined, credentials: { ...presigned, endpoint: 'http://sign.example' } },
    ],
    [
      'credentials.endpoint',
      { kms: undefined, credentials: { ...presigned, endpoint: 'https://a@sign.example' } },
    ],
    [
      'credentials.endpoint',
      { kms: undefined, credentials: { ...presigned, endpoint: 'https://sign.example/' } },
    ],
    [
      'credentials.endpoint',
      { kms: undefined, credentials: { ...presigned, endpoint: 'https://sign.example?a' } },
    ],
    ['kms', { credentials: presigned }],
    ['kms', { kms: 'alias/documents' }],
    ['kms.keyId', { kms: { label: 'x' } }],
    ['kms.label', { kms: { keyId: 'alias/x', label: '' } }],
    ['links', { links: [] }],
    ['links.kind', { links: { ...good.links, kind: 'presigned' } }],
    ['links.path', { links: { ...good.links, path: 'https://evil.example/' } }],
    ['links.path', { links: { ...good.links, path: '//evil.example/' } }],
    ['links.days', { links: { ...good.links, days: 0 } }],
    ['links.days', { links: { ...good.links, days: 2_147_483_647 } }],
  ])('names %s when that is wrong', (field, change) => {
    expect(() => parseConfig(JSON.stringify({ ...good, ...change }))).toThrow(
      expect.objectContaining({ code: 'config-invalid', details: expect.objectContaining({ field }) }),
    );
  });

  it.each(['', '{', 'null', '[]', '"text"'])('refuses %j as no configuration at all', (text) => {
    expect(() => parseConfig(text)).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        details: expect.objectContaining({ field: 'config.json' }),
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';
import { describeKey, drawPersonalKey } from './personal-key.ts';

const identityId = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';

async function made() {
  const { key, raw } = await drawPersonalKey();
  const file = writeKeyFile(raw, key, identityId);
  return { key, raw, file, content: JSON.parse(await file.blob.text()) as Record<string, unknown> };
}

describe('a key file', () => {
  it('restores a key that opens what the first one locked', async () => {
    const { key, file } = await made();
    const restored = await readKeyFile(file.blob);
    expect(restored.identityId).toBe(identityId);
    expect(restored.key.fingerprint).toBe(key.fingerprint);
    expect(restored.key.wrappingKey.extractable).toBe(false);

    const materialsDescription = describeKey(key.fingerprint);
    const wrapped = await createAesKeyring({ wrappingKey: key.wrappingKey, materialsDescription }).wrap({
      contentAlgorithm: '115',
    });
    const keyring = createAesKeyring({ wrappingKey: restored.key.wrappingKey, materialsDescription });
    expect(await keyring.unwrap({ ...wrapped, contentAlgorithm: '115' })).toEqual(wrapped.dataKey);
  });

  it('has no identity where nobody is a guest, and says so', async () => {
    const { key, raw } = await drawPersonalKey();
    const { blob } = writeKeyFile(raw, key, undefined);
    const restored = await readKeyFile(blob);
    expect(restored.key.fingerprint).toBe(key.fingerprint);
    expect(restored).not.toHaveProperty('identityId');
    expect(JSON.parse(await blob.text())).toHaveProperty('identityId', null);
  });

  it('is readable by a person and by any S3EC client', async () => {
    const { content, key, raw, file } = await made();
    expect(file.fileName).toBe(`s3-envelope-key-${key.fingerprint.slice(0, 8)}.json`);
    expect(content['key']).toBe(btoa(String.fromCharCode(...raw)));
    expect(content['use']).toMatchObject({ materialsDescription: { 's3-envelope-key': key.fingerprint } });
  });

  it('keeps no exportable key in the page', async () => {
    const { key } = await made();
    await expect(crypto.subtle.exportKey('raw', key.wrappingKey)).rejects.toThrow();
  });

  it.each([
    ['another kind of file', 'PK\u0003\u0004'],
    ['a list', '[]'],
    ['JSON of something else', '{"format":"age"}'],
    ['empty', ''],
    ['far too large', ' '.repeat(20_000)],
  ])('is refused when it is %s', async (_, text) => {
    await expect(readKeyFile(new Blob([text]))).rejects.toMatchObject({ code: 'key-file-invalid' });
  });

  it.each([
    ['version', 2],
    ['key', btoa('\0'.repeat(31))],
    ['key', btoa('\0'.repeat(32))],
    ['key', '!'],
    ['fingerprint', '0000000000000000'],
    ['identityId', 'files/../'],
    ['identityId', undefined],
  ])('is refused with another %s (%j)', async (field, value) => {
    const { content } = await made();
    const changed = new Blob([JSON.stringify({ ...content, [field]: value })]);
    await expect(readKeyFile(changed)).rejects.toMatchObject({ code: 'key-file-invalid' });
  });

  it('does not repeat the key in its error', async () => {
    const { content } = await made();
    const text = JSON.stringify({ ...content, fingerprint: 'x' });
    const error = await readKeyFile(new Blob([text])).catch((caught: unknown) => caught);
    expect(JSON.stringify(error) + String(error)).not.toContain(String(content['key']).slice(0, 8));
  });
});

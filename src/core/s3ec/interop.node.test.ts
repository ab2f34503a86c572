/** Objects written here and opened with node:crypto alone, and the other way round, step by step by hand. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import { decryptWhole, encryptWhole } from './test-objects.ts';
import vectors from './vectors/s3ec-bytes.json' with { type: 'json' };

const plaintext = Buffer.from('the quick brown fox jumps over the lazy dog'.repeat(50));
const wrappingKey = Buffer.from(vectors.aes_wrapping_key_hex, 'hex');
const aes = createAesKeyring({
  wrappingKey: await importWrappingKey(new Uint8Array(wrappingKey)),
  materialsDescription: {},
});

function openGcm(key: Buffer, iv: Buffer, additionalData: Buffer, sealed: Buffer): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(additionalData);
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

function sealGcm(key: Buffer, iv: Buffer, additionalData: Buffer, text: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(additionalData);
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

const derive = (dataKey: Buffer, messageId: Buffer, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha512', dataKey, messageId, Buffer.from(`\0s${purpose}`, 'latin1'), length));

const ones = Buffer.alloc(12, 1);
const suite = Buffer.from('0073', 'hex');

function openByHand(metadata: Readonly<Record<string, string>>, body: Buffer, dataKey: Buffer): Buffer {
  const messageId = Buffer.from(metadata['x-amz-i']!, 'base64');
  expect(derive(dataKey, messageId, 'COMMITKEY', 28).toString('base64')).toBe(metadata['x-amz-d']);
  return openGcm(derive(dataKey, messageId, 'DERIVEKEY', 32), ones, suite, body);
}

function sealByHand(dataKey: Buffer): { metadata: Record<string, string>; body: Uint8Array<ArrayBuffer> } {
  const messageId = randomBytes(28);
  return {
    metadata: {
      'x-amz-c': '115',
      'x-amz-d': derive(dataKey, messageId, 'COMMITKEY', 28).toString('base64'),
      'x-amz-i': messageId.toString('base64'),
    },
    body: new Uint8Array(sealGcm(derive(dataKey, messageId, 'DERIVEKEY', 32), ones, suite, plaintext)),
  };
}

describe('raw AES', () => {
  it('node:crypto opens what is written here', async () => {
    const { metadata, body } = await encryptWhole(aes, new Uint8Array(plaintext));
    expect(metadata).toMatchObject({ 'x-amz-c': '115', 'x-amz-w': '02' });
    const wrapped = Buffer.from(metadata['x-amz-3']!, 'base64');
    const dataKey = openGcm(wrappingKey, wrapped.subarray(0, 12), Buffer.from('115'), wrapped.subarray(12));
    expect(openByHand(metadata, Buffer.from(body), dataKey).equals(plaintext)).toBe(true);
  });

  it('what node:crypto wrote opens here', async () => {
    const dataKey = randomBytes(32);
    const { metadata, body } = sealByHand(dataKey);
    const nonce = randomBytes(12);
    const wrapped = Buffer.concat([nonce, sealGcm(wrappingKey, nonce, Buffer.from('115'), dataKey)]);
    const object = {
      metadata: { ...metadata, 'x-amz-3': wrapped.toString('base64'), 'x-amz-w': '02' },
      body,
    };
    expect(Buffer.from(await decryptWhole(object, { keyring: aes })).equals(plaintext)).toBe(true);
  });
});

describe('RSA', () => {
  const pkcs8 = Buffer.from(vectors.rsa.pkcs8_b64, 'base64');
  const spki = Buffer.from(vectors.rsa.spki_b64, 'base64');
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  const rsa = async () =>
    createRsaKeyring({
      publicKey: await crypto.subtle.importKey('spki', spki, algorithm, false, ['encrypt']),
      privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']),
      materialsDescription: {},
    });

  it('node:crypto opens what is written here', async () => {
    const { metadata, body } = await encryptWhole(await rsa(), new Uint8Array(plaintext));
    const key = { key: pkcs8, format: 'der', type: 'pkcs8', ...padding } as const;
    const named = privateDecrypt(key, Buffer.from(metadata['x-amz-3']!, 'base64'));
    expect([named[0], named.subarray(33).toString()]).toEqual([32, '115']);
    expect(openByHand(metadata, Buffer.from(body), named.subarray(1, 33)).equals(plaintext)).toBe(true);
  });

  it('what node:crypto wrote opens here', async () => {
    const dataKey = randomBytes(32);
    const { metadata, body } = sealByHand(dataKey);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const named = Buffer.concat([Buffer.of(32), dataKey, Buffer.from('115')]);
    const wrapped = publicEncrypt({ key, ...padding }, named).toString('base64');
    const object = { metadata: { ...metadata, 'x-amz-3': wrapped, 'x-amz-w': '22' }, body };
    expect(Buffer.from(await decryptWhole(object, { keyring: await rsa() })).equals(plaintext)).toBe(true);
  });
});

/** Against OpenSSL's AES-GCM, by way of Node. */
import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../bytes.ts';
import { sealByChosenIv, sealByCtr } from './engine.ts';
import { createGcmOpener, createGcmSealer, importGcmKey } from './gcm.ts';
import { cutEvery, filled, openInCuts, sealInCuts } from './test-messages.ts';

type Name = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';

function sealWithOpenSsl(raw: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array) {
  const cipher = createCipheriv(`aes-${raw.length * 8}-gcm` as Name, raw, iv);
  cipher.setAAD(additionalData);
  const ciphertext = cipher.update(plaintext);
  return concatBytes(ciphertext, cipher.final(), cipher.getAuthTag());
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const MiB = 1024 * 1024;

describe.each([
  ['chosen IV', sealByChosenIv],
  ['CTR and GMAC', sealByCtr],
])('by %s', (_name, engine) => {
  it('seals and opens what OpenSSL seals, under keys of all three sizes', async () => {
    const anyBytes = (minLength: number, maxLength = minLength) =>
      fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes));
    const messages = fc.record({
      raw: fc.oneof(anyBytes(16), anyBytes(24), anyBytes(32)),
      iv: anyBytes(12),
      additionalData: anyBytes(0, 300),
      plaintext: fc.oneof(anyBytes(0, 40), anyBytes(0, 2000)),
      step: fc.integer({ min: 1, max: 30 }).map((blocks) => 16 * blocks),
      segmentBytes: fc.integer({ min: 1, max: 30 }).map((blocks) => 16 * blocks),
    });
    await fc.assert(
      fc.asyncProperty(messages, async ({ raw, iv, additionalData, plaintext, step, segmentBytes }) => {
        const parameters = { key: await importGcmKey(raw), iv, additionalData };
        const cuts = cutEvery(step, plaintext.length).reverse();
        const sealed = await sealInCuts(parameters, plaintext, cuts, { engine, segmentBytes });
        expect(toHex(sealed)).toBe(toHex(sealWithOpenSsl(raw, iv, plaintext, additionalData)));
        const opened = await openInCuts(parameters, sealed, cuts, { segmentBytes });
        expect(toHex(opened)).toBe(toHex(plaintext));
      }),
    );
  });

  it('seals and opens 33 MiB and 5 bytes in parts of 8 MiB, in place and from the back', async () => {
    const raw = filled(32);
    const parameters = { key: await importGcmKey(raw), iv: filled(12, 2), additionalData: filled(2, 3) };
    const plaintext = filled(33 * MiB + 5, 4);
    const expected = sealWithOpenSsl(raw, parameters.iv, plaintext, parameters.additionalData);
    const message = { ...parameters, plaintextLength: plaintext.length };
    const cuts = cutEvery(8 * MiB, plaintext.length).reverse();
    const body = concatBytes(plaintext, new Uint8Array(16));

    const sealer = await createGcmSealer(message, { engine });
    await Promise.all(
      cuts.map(({ start, end }) => sealer.seal(start, body.subarray(start, end), body.subarray(start, end))),
    );
    body.set(await sealer.tag(), plaintext.length);
    expect(digest(body)).toBe(digest(expected));

    const opener = await createGcmOpener(message);
    await Promise.all(
      cuts.map(({ start, end }) => opener.open(start, body.subarray(start, end), body.subarray(start, end))),
    );
    await opener.verify(body.slice(plaintext.length));
    expect(digest(body.subarray(0, plaintext.length))).toBe(digest(plaintext));
  });
});

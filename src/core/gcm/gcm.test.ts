import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, toHex } from '../bytes.ts';
import { sealByChosenIv, sealByCtr } from './engine.ts';
import { importGcmKey, type Tuning } from './gcm.ts';
import { type Cut, cutEvery, filled, openInCuts, sealAtOnce, sealInCuts } from './test-messages.ts';

const raw = filled(32);
const key = await importGcmKey(raw);
const iv = filled(12, 2);
const engines = [
  ['chosen IV', sealByChosenIv],
  ['CTR and GMAC', sealByCtr],
] as const;

/** Equal bytes, without a test runner that prints megabytes. */
async function digest(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

async function expectRoundTrip(length: number, cuts: readonly Cut[], tuning: Tuning) {
  const plaintext = filled(length, 3);
  const additionalData = filled(length % 37, 4);
  const sealed = await sealInCuts({ key, iv, additionalData }, plaintext, cuts, tuning);
  expect(await digest(sealed)).toBe(await digest(await sealAtOnce(raw, iv, plaintext, additionalData)));
  expect(await digest(await openInCuts({ key, iv, additionalData }, sealed, cuts, tuning))).toBe(
    await digest(plaintext),
  );
}

const around = (...edges: number[]) => edges.flatMap((edge) => [edge - 1, edge, edge + 1]);
const KiB = 1024;
const MiB = 1024 * KiB;

describe.each(engines)('plain AES-GCM, by %s', (_name, engine) => {
  it.each([0, 1, 15, 16, 17, ...around(64, 128, 192, 1024)])('%d bytes in small segments', async (length) => {
    for (const step of [16, 48, 64, 80, 128, 2048]) {
      await expectRoundTrip(length, cutEvery(step, length), { engine, segmentBytes: 64 });
    }
  });

  it.each(around(512 * KiB, MiB, 8 * MiB))('%d bytes in segments of their real size', async (length) => {
    for (const step of [512 * KiB + 16, MiB, 8 * MiB]) {
      await expectRoundTrip(length, cutEvery(step, length), { engine });
    }
  });

  it('of any length, cut anywhere, in any order, with any key and additional data', async () => {
    const anyBytes = (minLength: number, maxLength: number) =>
      fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes));
    const length = fc.oneof(
      fc.nat(40),
      fc.nat(3000),
      fc.nat(187).map((blocks) => 16 * blocks),
    );
    const messages = length.chain((bytes) => {
      const shuffledCuts = fc
        .uniqueArray(fc.nat(Math.floor(Math.max(0, bytes - 1) / 16)), { maxLength: 12 })
        .chain((blocks) => {
          const starts = [...new Set([0, ...blocks.map((block) => 16 * block)])].sort((a, b) => a - b);
          const cuts = starts.map((start, index) => ({ start, end: starts[index + 1] ?? bytes }));
          return fc.shuffledSubarray(cuts, { minLength: cuts.length });
        });
      return fc.record({
        plaintext: anyBytes(bytes, bytes),
        sealCuts: shuffledCuts,
        openCuts: shuffledCuts,
        rawKey: fc.oneof(anyBytes(16, 16), anyBytes(32, 32)),
        nonce: anyBytes(12, 12),
        additionalData: anyBytes(0, 300),
        segmentBytes: fc.integer({ min: 1, max: 20 }).map((blocks) => 16 * blocks),
      });
    });
    await fc.assert(
      fc.asyncProperty(messages, async (message) => {
        const { plaintext, rawKey, nonce, additionalData, segmentBytes } = message;
        const tuning = { engine, segmentBytes };
        const parameters = { key: await importGcmKey(rawKey), iv: nonce, additionalData };
        const sealed = await sealInCuts(parameters, plaintext, message.sealCuts, tuning);
        expect(toHex(sealed)).toBe(toHex(await sealAtOnce(rawKey, nonce, plaintext, additionalData)));
        const opened = await openInCuts(parameters, sealed, message.openCuts, tuning);
        expect(toHex(opened)).toBe(toHex(plaintext));
      }),
    );
  });
});

it('takes no additional data for empty additional data', async () => {
  const sealed = await sealInCuts({ key, iv }, filled(20), cutEvery(16, 20));
  expect(toHex(sealed)).toBe(toHex(await sealAtOnce(raw, iv, filled(20), new Uint8Array())));
});

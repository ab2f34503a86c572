/** Project Wycheproof's AES-GCM vectors. They belong to others and lie beside the checkout, where they exist. */
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromHex, toHex } from '../bytes.ts';
import { sealByChosenIv, sealByCtr } from './engine.ts';
import { createGcmOpener, createGcmSealer, type GcmKey, importGcmKey } from './gcm.ts';
import { codeOf, cutEvery, openInCuts, sealInCuts } from './test-messages.ts';

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly ivSize: number;
    readonly keySize: number;
    readonly tagSize: number;
    readonly tests: readonly Readonly<
      Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'comment', string> & {
        tcId: number;
        result: 'valid' | 'invalid' | 'acceptable';
      }
    >[];
  }[];
}

const files = import.meta.glob<Vectors>('../../../../shared/vectors/wycheproof/aes_gcm_test.json', {
  eager: true,
  import: 'default',
});
const [vectors] = Object.values(files);
if (!vectors)
  console.log('Wycheproof: ../shared/vectors/wycheproof/aes_gcm_test.json is not there, nothing to run');

const hex = (text: string): Bytes => fromHex(text) ?? new Uint8Array();

/** AES-192 is missing in Chromium's WebCrypto. */
const has192 = (await codeOf(importGcmKey(new Uint8Array(24)))) === 'no error';

const tests = (vectors?.testGroups ?? []).flatMap(({ tests, ivSize, keySize, tagSize }) =>
  tests.map((test) => ({
    ...test,
    fits: ivSize === 96 && tagSize === 128,
    keySize,
    name: `${test.tcId}, ${test.result}: ${test.comment}`,
    raw: hex(test.key),
    nonce: hex(test.iv),
    parameters: (key: GcmKey) => ({ key, iv: hex(test.iv), additionalData: hex(test.aad) }),
    plaintext: hex(test.msg),
    sealed: concatBytes(hex(test.ct), hex(test.tag)),
  })),
);

/** The whole message at once, then cut at every multiple of 16, then all of these cuts together. */
function waysToCut(length: number) {
  const everyBlock = cutEvery(16, length);
  const atOne = everyBlock.slice(1).map(({ start }) => [
    { start: 0, end: start },
    { start, end: length },
  ]);
  return [[{ start: 0, end: length }], ...atOne, everyBlock];
}

describe.runIf(vectors)('Wycheproof', () => {
  it('is complete', () => {
    expect(tests).toHaveLength(vectors?.numberOfTests ?? -1);
    expect(tests.filter(({ fits }) => fits).length).toBeGreaterThanOrEqual(150);
  });

  const ours = tests.filter(({ fits, keySize }) => fits && (keySize !== 192 || has192));

  it.each(ours.filter(({ result }) => result === 'valid'))(
    '$name: sealed, however it is cut',
    async (test) => {
      const parameters = test.parameters(await importGcmKey(test.raw));
      for (const engine of [sealByChosenIv, sealByCtr]) {
        for (const cuts of waysToCut(test.plaintext.length)) {
          for (const segmentBytes of [16, 512 * 1024]) {
            const sealed = await sealInCuts(parameters, test.plaintext, cuts, { engine, segmentBytes });
            expect(toHex(sealed)).toBe(toHex(test.sealed));
          }
        }
      }
    },
  );

  it.each(ours)('$name: opened or refused, however it is cut', async (test) => {
    const parameters = test.parameters(await importGcmKey(test.raw));
    for (const cuts of waysToCut(test.sealed.length - 16)) {
      const opening = openInCuts(parameters, test.sealed, cuts, { segmentBytes: 16 });
      if (test.result === 'valid') expect(toHex(await opening)).toBe(toHex(test.plaintext));
      else expect(await codeOf(opening)).toBe('tag-mismatch');
    }
  });

  it.each(tests.filter(({ fits }) => !fits))('$name: another size of IV, refused', async (test) => {
    const key = await importGcmKey(new Uint8Array(32));
    const parameters = { ...test.parameters(key), plaintextLength: test.plaintext.length };
    expect(await codeOf(createGcmSealer(parameters))).toBe('bad-argument');
    expect(await codeOf(createGcmOpener(parameters))).toBe('bad-argument');
  });
});

import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../core/bytes.ts';
import { createRangeMac } from './range-mac.ts';

const dataKey = new Uint8Array(32).fill(7);
// Pieces of 512 KiB, the last one short.
const plaintext = new Uint8Array(1024 ** 2 + 1000).map((_, index) => (index * 2654435761) >>> 13);

describe('the MAC of a staged range', () => {
  it('fits the range it was made of, for whoever has the data key', async () => {
    const mac = await (await createRangeMac(dataKey, '"etag"')).of(16, plaintext);
    expect(await (await createRangeMac(dataKey.slice(), '"etag"')).fits(16, plaintext, mac)).toBe(true);
  });

  it('fits no other place, plaintext, version of the object or data key', async () => {
    const rangeMac = await createRangeMac(dataKey, '"etag"');
    const mac = await rangeMac.of(16, plaintext);
    expect(await rangeMac.fits(32, plaintext, mac)).toBe(false);
    expect(await rangeMac.fits(16, plaintext.subarray(0, -1), mac)).toBe(false);
    for (const index of [0, 512 * 1024 - 1, 512 * 1024, plaintext.length - 1]) {
      const changed = plaintext.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await rangeMac.fits(16, changed, mac)).toBe(false);
    }
    // Two pieces that changed places.
    const moved = plaintext.slice();
    moved.copyWithin(0, 512 * 1024, 1024 ** 2);
    moved.set(plaintext.subarray(0, 512 * 1024), 512 * 1024);
    expect(await rangeMac.fits(16, moved, mac)).toBe(false);
    expect(await (await createRangeMac(dataKey, '"other"')).fits(16, plaintext, mac)).toBe(false);
    const otherKey = await createRangeMac(new Uint8Array(32).fill(8), '"etag"');
    expect(await otherKey.fits(16, plaintext, mac)).toBe(false);
  });

  it('has a nonce of its own each time: nothing is made twice under one', async () => {
    const rangeMac = await createRangeMac(dataKey, '"etag"');
    const macs = await Promise.all(
      Array.from({ length: 100 }, () => rangeMac.of(0, plaintext.subarray(0, 10))),
    );
    const nonces = macs.map((mac) => toBase64(fromBase64(mac)?.slice(0, 8) ?? new Uint8Array()));
    expect(new Set(nonces).size).toBe(100);
  });

  it.each([
    '',
    'AAAA',
    '*',
    toBase64(new Uint8Array(23)),
    toBase64(new Uint8Array(24)),
    toBase64(new Uint8Array(28)),
  ])('is not %j', async (mac) => {
    expect(await (await createRangeMac(dataKey, '"etag"')).fits(16, plaintext, mac)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { randomBytes, utf8 } from '../../core/bytes.ts';
import { combineCrc32, crc32, crc32InTurns } from './crc32.ts';

/** Bit by bit, as the standard says it. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe('CRC-32', () => {
  it('gives the check value of the catalogues', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it('is the same at any length and place as bit by bit', () => {
    const bytes = randomBytes(200);
    for (let length = 0; length < 100; length++) {
      const piece = bytes.subarray(length % 7, (length % 7) + length);
      expect(crc32(piece)).toBe(bitwise(piece));
    }
  });

  it('goes on from what came before', () => {
    const bytes = randomBytes(100);
    expect(crc32(bytes.subarray(33), crc32(bytes.subarray(0, 33)))).toBe(crc32(bytes));
  });

  it('of two pieces follows from theirs', () => {
    const bytes = randomBytes(3000);
    for (const at of [0, 1, 15, 16, 1024, 2999, 3000]) {
      const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(bytes));
    }
  });

  it('moves past more zeros than 32 bits count, in halves as at once', () => {
    const [crc, length] = [crc32(utf8('far')), 2 ** 35 + 7];
    let zeros = crc32(new Uint8Array(1));
    for (let bytes = 1; bytes < 2 ** 35; bytes *= 2) zeros = combineCrc32(zeros, zeros, bytes);
    const seven = crc32(new Uint8Array(7));
    const once = combineCrc32(crc, combineCrc32(zeros, seven, 7), length);
    const twice = combineCrc32(combineCrc32(crc, zeros, 2 ** 35), seven, 7);
    expect(once).toBe(twice);
  });

  it('in turns is the same', async () => {
    const bytes = new Uint8Array(3 * 1024 ** 2 + 5).map((_, index) => index * 31);
    expect(await crc32InTurns(bytes)).toBe(crc32(bytes));
  });
});

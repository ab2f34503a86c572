import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { add, type Element, equal, fromBytes, multiply, toBytes, zero } from './field.ts';
import { advance, concatenate, createHashKey, finish, type Piece, unfinish } from './ghash.ts';

const element = fc
  .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
  .map((words): Element => words);
const hex = (text: string) => fromBytes(fromHex(text)!);

/** SP 800-38D, algorithm 2: one block after the other. */
const hashBlocks = (h: Element, blocks: readonly Element[]) =>
  blocks.reduce((state, block) => multiply(add(state, block), h), zero);

describe('GHASH in pieces', () => {
  it('hashes test case 4 of the GCM specification (McGrew and Viega)', () => {
    const h = hex('b83b533708bf535d0aa6e52980d53b78');
    const key = createHashKey(h);
    const piece = (...blocks: string[]): Piece => ({
      state: hashBlocks(h, blocks.map(hex)),
      blocks: blocks.length,
    });
    const state = concatenate(key, [
      piece('feedfacedeadbeeffeedfacedeadbeef', 'abaddad2'),
      piece('42831ec2217774244b7221b784d0d49c'),
      piece('e3aa212f2c02a4e035c17e2329aca12e', '21d514b25466931c7d8f6a5aac84aa05'),
      piece('1ba30b396a0aac973d58e091'),
    ]);
    expect(toHex(toBytes(finish(key, state, 20, 60)))).toBe('698e57f70e6ecc7fd9463b7260a9ae5f');
  });

  it('is the same however the blocks are cut', () => {
    fc.assert(
      fc.property(element, fc.array(fc.array(element, { maxLength: 5 }), { maxLength: 5 }), (h, groups) => {
        const pieces = groups.map((blocks) => ({ state: hashBlocks(h, blocks), blocks: blocks.length }));
        expect(equal(concatenate(createHashKey(h), pieces), hashBlocks(h, groups.flat()))).toBe(true);
      }),
    );
  });

  it('moves a state past any number of blocks', () => {
    const blocks = fc.oneof(fc.nat(100), fc.integer({ min: 0, max: 2 ** 31 }), fc.constant(2 ** 32 - 2));
    fc.assert(
      fc.property(element, element, blocks, fc.nat(100), (h, state, some, more) => {
        const key = createHashKey(h);
        const less = some - Math.min(some, more);
        const twice = advance(key, advance(key, state, less), some - less);
        expect(equal(advance(key, state, some), twice)).toBe(true);
      }),
    );
  });

  it('undoes the length block', () => {
    const lengths = fc.nat(2 ** 36);
    fc.assert(
      fc.property(element, element, lengths, lengths, (h, state, additionalBytes, cipherBytes) => {
        fc.pre(!equal(h, zero));
        const key = createHashKey(h);
        const hash = finish(key, state, additionalBytes, cipherBytes);
        expect(equal(unfinish(key, hash, additionalBytes, cipherBytes), state)).toBe(true);
      }),
    );
  });

  it('counts the lengths in bits, in 64 bits each', () => {
    const h = hex('66e94bd4ef8a2c3b884cfa59ca342b2e');
    const lengths = hex('00000000800000080000007fffffff00');
    const hash = finish(createHashKey(h), zero, 2 ** 28 + 1, 2 ** 36 - 32);
    expect(equal(hash, multiply(lengths, h))).toBe(true);
  });
});

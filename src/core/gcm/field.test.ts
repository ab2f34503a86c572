import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { add, type Element, equal, fromBytes, inverse, multiply, one, toBytes, zero } from './field.ts';

const element = fc
  .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
  .map((words): Element => words);
const hex = (text: string) => fromBytes(fromHex(text)!);

/** Bit i of the number is the coefficient of x^i. */
function toPolynomial(value: Element): bigint {
  const bits = [...toHex(toBytes(value))].map((digit) =>
    Number.parseInt(digit, 16).toString(2).padStart(4, '0'),
  );
  return BigInt(`0b${[...bits.join('')].reverse().join('')}`);
}

/** Long multiplication, then long division by x^128 + x^7 + x^2 + x + 1. */
function multiplyPolynomials(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let i = 0n; i < 128n; i++) if ((b >> i) & 1n) product ^= a << i;
  for (let i = 254n; i >= 128n; i--) if ((product >> i) & 1n) product ^= ((1n << 128n) | 0x87n) << (i - 128n);
  return product;
}

describe('GF(2^128)', () => {
  it('multiplies as in test case 2 of the GCM specification (McGrew and Viega)', () => {
    const h = hex('66e94bd4ef8a2c3b884cfa59ca342b2e');
    const c = hex('0388dace60b6a392f328c2b971b2fe78');
    expect(toHex(toBytes(multiply(c, h)))).toBe('5e2ec746917062882c85b0685353deb7');
  });

  it('multiplies polynomials', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        expect(toPolynomial(multiply(a, b))).toBe(multiplyPolynomials(toPolynomial(a), toPolynomial(b)));
      }),
    );
  });

  it('has one and zero', () => {
    fc.assert(
      fc.property(element, (a) => {
        expect(equal(multiply(a, one), a)).toBe(true);
        expect(equal(multiply(a, zero), zero)).toBe(true);
        expect(equal(add(a, a), zero)).toBe(true);
      }),
    );
  });

  it('inverts all but zero', () => {
    fc.assert(
      fc.property(element, (a) => {
        expect(equal(multiply(a, inverse(a)), equal(a, zero) ? zero : one)).toBe(true);
      }),
    );
  });

  it('tells two elements apart by any single bit', () => {
    fc.assert(
      fc.property(element, fc.nat(127), (a, bit) => {
        const bytes = toBytes(a);
        bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
        expect(equal(a, fromBytes(bytes))).toBe(false);
        expect(equal(a, fromBytes(toBytes(a)))).toBe(true);
      }),
    );
  });

  it('reads short bytes with zeros after them', () => {
    expect(toHex(toBytes(fromBytes(Uint8Array.of(1, 2, 3, 4, 5))))).toBe('01020304050000000000000000000000');
    expect(toHex(toBytes(fromBytes(new Uint8Array())))).toBe('0'.repeat(32));
  });
});

/**
 * Arithmetic in GF(2^128) as GCM uses it (NIST SP 800-38D, section 6.3): bit 0 is the leftmost bit of a block,
 * and the reduction polynomial is x^128 + x^7 + x^2 + x + 1.
 *
 * Everything secret goes through masks: no branch and no memory access depends on an operand. It takes about
 * a microsecond a product, and 8 MiB of data need some sixty products, so tables would buy nothing.
 */

/** A field element, or a block of 16 bytes: four big-endian 32-bit words, of either sign. */
export type Element = readonly [number, number, number, number];

export const zero: Element = [0, 0, 0, 0];
/** x^0 is the leftmost bit. */
export const one: Element = [0x80000000, 0, 0, 0];

export function add([a0, a1, a2, a3]: Element, [b0, b1, b2, b3]: Element): Element {
  return [a0 ^ b0, a1 ^ b1, a2 ^ b2, a3 ^ b3];
}

/** SP 800-38D, algorithm 1. */
export function multiply(x: Element, y: Element): Element {
  let [z0, z1, z2, z3] = zero;
  let [v0, v1, v2, v3] = y;
  for (const word of x) {
    for (let bit = 31; bit >= 0; bit--) {
      const take = -((word >>> bit) & 1);
      z0 ^= v0 & take;
      z1 ^= v1 & take;
      z2 ^= v2 & take;
      z3 ^= v3 & take;
      const reduce = -(v3 & 1) & 0xe1000000;
      v3 = (v3 >>> 1) | (v2 << 31);
      v2 = (v2 >>> 1) | (v1 << 31);
      v1 = (v1 >>> 1) | (v0 << 31);
      v0 = (v0 >>> 1) ^ reduce;
    }
  }
  return [z0, z1, z2, z3];
}

/** x^-1 = x^(2^128 - 2), the product of x^(2^k) for k from 1 to 127. Zero, which has no inverse, gives zero. */
export function inverse(x: Element): Element {
  let square = x;
  let product = one;
  for (let k = 1; k < 128; k++) {
    square = multiply(square, square);
    product = multiply(product, square);
  }
  return product;
}

/** In constant time. */
export function equal(a: Element, b: Element): boolean {
  const [d0, d1, d2, d3] = add(a, b);
  return (d0 | d1 | d2 | d3) === 0;
}

/** Up to 16 bytes, zeros after them. */
export function fromBytes(bytes: Uint8Array): Element {
  const view = new DataView(new ArrayBuffer(16));
  new Uint8Array(view.buffer).set(bytes);
  return [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)];
}

export function toBytes(element: Element): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16));
  element.forEach((word, index) => {
    view.setInt32(4 * index, word);
  });
  return new Uint8Array(view.buffer);
}

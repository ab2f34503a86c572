import type { Bytes } from '../../core/bytes.ts';

/*
 * CRC-32 as ZIP, gzip and PNG have it (ISO 3309: polynomial 0x04C11DB7, reflected), of pieces that come in any
 * order: the CRC of two pieces behind each other follows from theirs and the length of the second.
 */

/** The polynomial without x^32, lowest power in the highest bit. */
const polynomial = 0xedb88320;

/** Bytes taken at once. */
const slices = 16;

/** `tables[256 * k + b]`: what a byte `b` that k bytes follow contributes. */
const tables = makeTables();

function makeTables(): Uint32Array {
  const made = new Uint32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    made[byte] = crc;
  }
  for (let index = 256; index < made.length; index++) {
    const before = made[index - 256] ?? 0;
    made[index] = (before >>> 8) ^ (made[before & 255] ?? 0);
  }
  return made;
}

/**
 * @param before the CRC of what came before, to go on from it
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  // Indices are in bounds by construction; `?? 0` would cost half the speed.
  const t = tables as unknown as { readonly [index: number]: number };
  const b = bytes as unknown as { readonly [index: number]: number };
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - (bytes.length % slices); at < end; at += slices) {
    crc =
      // biome-ignore format: one term for each byte
      (t[3840 + ((b[at] as number) ^ (crc & 255))] as number) ^
      (t[3584 + ((b[at + 1] as number) ^ ((crc >>> 8) & 255))] as number) ^
      (t[3328 + ((b[at + 2] as number) ^ ((crc >>> 16) & 255))] as number) ^
      (t[3072 + ((b[at + 3] as number) ^ (crc >>> 24))] as number) ^
      (t[2816 + (b[at + 4] as number)] as number) ^
      (t[2560 + (b[at + 5] as number)] as number) ^
      (t[2304 + (b[at + 6] as number)] as number) ^
      (t[2048 + (b[at + 7] as number)] as number) ^
      (t[1792 + (b[at + 8] as number)] as number) ^
      (t[1536 + (b[at + 9] as number)] as number) ^
      (t[1280 + (b[at + 10] as number)] as number) ^
      (t[1024 + (b[at + 11] as number)] as number) ^
      (t[768 + (b[at + 12] as number)] as number) ^
      (t[512 + (b[at + 13] as number)] as number) ^
      (t[256 + (b[at + 14] as number)] as number) ^
      (t[b[at + 15] as number] as number);
  }
  for (; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (t[(crc ^ (b[at] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}

/** Bytes whose CRC takes a few milliseconds on a slow phone. */
const pieceBytes = 1024 ** 2;

/** As `crc32`, but lets others have their turn in between. */
export async function crc32InTurns(bytes: Bytes): Promise<number> {
  let crc = 0;
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    if (from > 0) await nextTurn();
    crc = crc32(bytes.subarray(from, from + pieceBytes), crc);
  }
  return crc;
}

const { port1: one, port2: other } = new MessageChannel();
const waiting: (() => void)[] = [];
one.onmessage = () => {
  waiting.shift()?.();
  // Node would wait for more.
  if (waiting.length === 0) (one as { unref?: () => void }).unref?.();
};
(one as { unref?: () => void }).unref?.();

/** A task of its own. Timers would do, at 4 ms each. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    (one as { ref?: () => void }).ref?.();
    waiting.push(resolve);
    other.postMessage(undefined);
  });
}

/** The CRC of two pieces behind each other. */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  return (multiply(first, powerOfX(8 * secondBytes)) ^ second) >>> 0;
}

/** Product of two polynomials over GF(2), modulo CRC-32's; x^0 is the highest bit. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = (shifted >>> 1) ^ (shifted & 1 ? polynomial : 0);
  }
  return product >>> 0;
}

/** x^n; n may be beyond 32 bits. */
function powerOfX(n: number): number {
  let power = 0x80000000;
  let square = 0x40000000;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

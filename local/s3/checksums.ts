/** The checksums S3 knows, each computed as the bytes pass. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, with `-N` behind it when composed of N parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

export interface RunningHash {
  update(chunk: Buffer): void;
  digest(): Buffer;
}

export function runningHash(algorithm: ChecksumAlgorithm | 'MD5'): RunningHash {
  switch (algorithm) {
    case 'CRC32': {
      let crc = 0;
      return {
        update: (chunk) => {
          // zlib takes a missing buffer, and so an empty one, for a fresh start.
          if (chunk.length > 0) crc = crc32(chunk, crc);
        },
        digest: () => uint32(crc),
      };
    }
    case 'CRC32C':
      return runningCrc32c();
    case 'CRC64NVME':
      return runningCrc64();
    default:
      return createHash(algorithm.toLowerCase());
  }
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Bytes of a digest of this kind. */
export function checksumLength(algorithm: ChecksumAlgorithm): number {
  return { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }[algorithm];
}

/** The checksum of a multipart object, from those of its parts (base64) and their sizes in bytes. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): Checksum {
  const digests = parts.map((part) => Buffer.from(part.checksum, 'base64'));
  if (type === 'COMPOSITE') {
    const hash = runningHash(algorithm);
    for (const digest of digests) hash.update(digest);
    return { algorithm, type, value: `${hash.digest().toString('base64')}-${parts.length}` };
  }
  const field = fieldOf(algorithm);
  let crc = 0n;
  digests.forEach((digest, i) => {
    crc = field.shift(crc, parts[i]?.size ?? 0) ^ BigInt(`0x${digest.toString('hex')}`);
  });
  const hex = crc.toString(16).padStart(checksumLength(algorithm) * 2, '0');
  return { algorithm, type, value: Buffer.from(hex, 'hex').toString('base64') };
}

const polynomials: Readonly<Partial<Record<ChecksumAlgorithm, { poly: bigint; bits: number }>>> = {
  CRC32: { poly: 0xedb88320n, bits: 32 },
  CRC32C: { poly: 0x82f63b78n, bits: 32 },
  CRC64NVME: { poly: 0x9a6c9329ac4bc9b5n, bits: 64 },
};

/** Arithmetic modulo a CRC's reflected polynomial: appending n bytes multiplies by x^(8n). */
function fieldOf(algorithm: ChecksumAlgorithm): { shift(crc: bigint, bytes: number): bigint } {
  const { poly, bits } = polynomials[algorithm] ?? { poly: 0n, bits: 0 };
  if (bits === 0) throw new TypeError(`${algorithm} cannot be combined`);
  const one = 1n << BigInt(bits - 1);
  const multiply = (a: bigint, b: bigint): bigint => {
    let [product, factor] = [0n, b];
    for (let bit = one; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= factor;
      factor = factor & 1n ? (factor >> 1n) ^ poly : factor >> 1n;
    }
    return product;
  };
  const powers = new Map<number, bigint>();
  const powerOf = (bytes: number): bigint => {
    let [result, square] = [one, one >> 8n];
    for (let n = bytes; n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result = multiply(result, square);
      square = multiply(square, square);
    }
    return result;
  };
  return {
    shift(crc, bytes) {
      const power = powers.get(bytes) ?? powerOf(bytes);
      powers.set(bytes, power);
      return multiply(crc, power);
    },
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Tables for eight bytes at a step ("slicing by 8"), flat, the high and low words of each entry apart. */
function slicingTables(poly: bigint): { high: Uint32Array; low: Uint32Array } {
  const entries: bigint[] = [];
  for (let i = 0; i < 256; i++) {
    let crc = BigInt(i);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ poly : crc >> 1n;
    entries.push(crc);
  }
  for (let i = 256; i < 8 * 256; i++) {
    const before = entries[i - 256] ?? 0n;
    entries.push((before >> 8n) ^ (entries[Number(before & 0xffn)] ?? 0n));
  }
  return {
    high: Uint32Array.from(entries, (entry) => Number(entry >> 32n)),
    low: Uint32Array.from(entries, (entry) => Number(entry & 0xffffffffn)),
  };
}

function runningCrc32c(): RunningHash {
  tables32 ??= slicingTables(0x82f63b78n).low;
  const table = tables32;
  const at = (slice: number, byte: number) => table[slice * 256 + (byte & 255)] as number;
  let crc = 0xffffffff;
  return {
    update(chunk) {
      const whole = chunk.length - (chunk.length % 8);
      for (let i = 0; i < whole; i += 8) {
        const a = crc ^ chunk.readInt32LE(i);
        const b = chunk.readInt32LE(i + 4);
        crc =
          at(7, a) ^
          at(6, a >>> 8) ^
          at(5, a >>> 16) ^
          at(4, a >>> 24) ^
          at(3, b) ^
          at(2, b >>> 8) ^
          at(1, b >>> 16) ^
          at(0, b >>> 24);
      }
      for (let i = whole; i < chunk.length; i++) crc = (crc >>> 8) ^ at(0, crc ^ (chunk[i] as number));
    },
    digest: () => uint32(~crc),
  };
}
let tables32: Uint32Array | undefined;

function runningCrc64(): RunningHash {
  tables64 ??= slicingTables(0x9a6c9329ac4bc9b5n);
  const { high, low } = tables64;
  let [upper, lower] = [0xffffffff, 0xffffffff];
  return {
    update(chunk) {
      const whole = chunk.length - (chunk.length % 8);
      for (let i = 0; i < whole; i += 8) {
        const a = lower ^ chunk.readInt32LE(i);
        const b = upper ^ chunk.readInt32LE(i + 4);
        const [i7, i6, i5, i4] = [
          1792 + (a & 255),
          1536 + ((a >>> 8) & 255),
          1280 + ((a >>> 16) & 255),
          1024 + (a >>> 24),
        ];
        const [i3, i2, i1, i0] = [
          768 + (b & 255),
          512 + ((b >>> 8) & 255),
          256 + ((b >>> 16) & 255),
          b >>> 24,
        ];
        lower = xor8(low, i7, i6, i5, i4, i3, i2, i1, i0);
        upper = xor8(high, i7, i6, i5, i4, i3, i2, i1, i0);
      }
      for (let i = whole; i < chunk.length; i++) {
        const index = (lower ^ (chunk[i] as number)) & 255;
        lower = ((lower >>> 8) | (upper << 24)) ^ (low[index] as number);
        upper = (upper >>> 8) ^ (high[index] as number);
      }
    },
    digest: () => Buffer.concat([uint32(~upper), uint32(~lower)]),
  };
}
let tables64: { high: Uint32Array; low: Uint32Array } | undefined;

function xor8(
  t: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): number {
  return (
    (t[a] as number) ^
    (t[b] as number) ^
    (t[c] as number) ^
    (t[d] as number) ^
    (t[e] as number) ^
    (t[f] as number) ^
    (t[g] as number) ^
    (t[h] as number)
  );
}

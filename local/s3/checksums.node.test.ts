import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { checksumAlgorithms, checksumLength, combineChecksums, runningHash } from './checksums.ts';

/** Of the nine digits, as catalogues of CRCs and FIPS 180 list them. */
const check = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
} as const;

test.each(checksumAlgorithms)('%s of 123456789, in one piece and in two', (algorithm) => {
  for (const cut of [0, 4, 8]) {
    const hash = runningHash(algorithm);
    hash.update(Buffer.from('123456789'.slice(0, cut)));
    hash.update(Buffer.from('123456789'.slice(cut)));
    const digest = hash.digest();
    expect(digest.toString('hex')).toBe(check[algorithm]);
    expect(digest).toHaveLength(checksumLength(algorithm));
  }
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
  '%s of parts combines to that of the whole',
  (algorithm) => {
    const parts = [5000, 0, 1, 65_537, 8].map((size) => randomBytes(size));
    const digest = (...chunks: Buffer[]) => {
      const hash = runningHash(algorithm);
      for (const chunk of chunks) hash.update(chunk);
      return hash.digest().toString('base64');
    };
    const combined = combineChecksums(
      algorithm,
      'FULL_OBJECT',
      parts.map((part) => ({ checksum: digest(part), size: part.length })),
    );
    expect(combined.value).toBe(digest(...parts));
  },
);

/** How objects are written in the matrix. */
import type { KeyKind } from './keys.ts';

const MiB = 1024 ** 2;

export type Format = 'V2' | 'V3';

export interface Way {
  readonly format: Format;
  readonly key: KeyKind;
  readonly envelope: 'metadata' | 'instruction file';
  readonly upload: 'one PUT' | 'multipart';
}

export interface Size {
  readonly title: string;
  readonly bytes: number;
  /** Plaintext bytes of each part, where S3 takes it in parts. */
  readonly parts?: readonly number[];
}

export const sizes: readonly Size[] = [
  { title: '0', bytes: 0 },
  { title: '1', bytes: 1 },
  { title: '16', bytes: 16 },
  { title: '5 MiB + 1', bytes: 5 * MiB + 1, parts: [5 * MiB, 1] },
  { title: '64 MiB', bytes: 64 * MiB, parts: [24 * MiB, 24 * MiB, 16 * MiB] },
];

export const ways: readonly Way[] = (['V3', 'V2'] as const).flatMap((format) =>
  (['AES', 'RSA', 'KMS'] as const).flatMap((key) =>
    (['metadata', 'instruction file'] as const).flatMap((envelope) =>
      (['one PUT', 'multipart'] as const).map((upload) => ({ format, key, envelope, upload })),
    ),
  ),
);

/** Bound by KMS keys, and to be given again for reading. */
export const encryptionContext = { purpose: 'interoperability' };

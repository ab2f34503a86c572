/** Algorithm suites that an ESDK message can name, by the hexadecimal id that it carries. */
export type SuiteId =
  | '0014'
  | '0046'
  | '0078'
  | '0114'
  | '0146'
  | '0178'
  | '0214'
  | '0346'
  | '0378'
  | '0478'
  | '0578';

export type Curve = 'P-256' | 'P-384';

/** What an id stands for. Everywhere: AES-GCM, IVs of 12 bytes, tags of 16. */
export interface Suite {
  readonly id: SuiteId;
  /** The id as a number, which is how it is written. */
  readonly code: number;
  /** Of the data key and of the content key alike. */
  readonly keyBytes: 16 | 24 | 32;
  /** HKDF's hash; without one, the data key itself encrypts the content. */
  readonly hash?: 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** Of the ECDSA signature: P-256 goes with SHA-256, P-384 with SHA-384, whatever HKDF's hash. */
  readonly curve?: Curve;
  /** Whether the header commits to the data key; such messages, and only they, have format version 2. */
  readonly commits: boolean;
}

/** awslabs/aws-encryption-sdk-specification, framework/algorithm-suites.md */
const table: Readonly<Record<SuiteId, Omit<Suite, 'id' | 'code'>>> = {
  '0014': { keyBytes: 16, commits: false },
  '0046': { keyBytes: 24, commits: false },
  '0078': { keyBytes: 32, commits: false },
  '0114': { keyBytes: 16, hash: 'SHA-256', commits: false },
  '0146': { keyBytes: 24, hash: 'SHA-256', commits: false },
  '0178': { keyBytes: 32, hash: 'SHA-256', commits: false },
  '0214': { keyBytes: 16, hash: 'SHA-256', curve: 'P-256', commits: false },
  '0346': { keyBytes: 24, hash: 'SHA-384', curve: 'P-384', commits: false },
  '0378': { keyBytes: 32, hash: 'SHA-384', curve: 'P-384', commits: false },
  '0478': { keyBytes: 32, hash: 'SHA-512', commits: true },
  '0578': { keyBytes: 32, hash: 'SHA-512', curve: 'P-384', commits: true },
};

export const suites: readonly Suite[] = Object.entries(table).map(([id, facts]) => ({
  id: id as SuiteId,
  code: Number.parseInt(id, 16),
  ...facts,
}));

export function suiteById(id: SuiteId): Suite | undefined {
  return suites.find((suite) => suite.id === id);
}

export function suiteByCode(code: number): Suite | undefined {
  return suites.find((suite) => suite.code === code);
}

export const ivBytes = 12;
export const tagBytes = 16;

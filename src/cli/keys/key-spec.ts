import type { Description } from '../../core/keyrings/keyring.ts';
import type { Given } from '../arguments.ts';
import { parseChoice, parsePairs } from '../arguments.ts';
import { usageError } from '../usage-error.ts';

export type OaepHash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

const hashes: Readonly<Record<string, OaepHash>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** A key in a file, and how formats are to call it. */
export interface FileKeySpec {
  readonly kind: 'file';
  readonly path: string;
  /** In messages of the Encryption SDK. */
  readonly name?: { readonly keyNamespace: string; readonly keyName: string };
  /** In S3EC. */
  readonly description?: Description;
  /** In messages of the Encryption SDK, for RSA. */
  readonly hash?: OaepHash;
}

/** A key as the command line names it. */
export type KeySpec = FileKeySpec | { readonly kind: 'kms'; readonly keyId: string };

/**
 * The keys in the order in which they were given, each with what was said behind it. Throws `bad-argument` for what
 * belongs to no key.
 */
export function keySpecs(given: readonly Given[]): readonly KeySpec[] {
  const specs: KeySpec[] = [];
  const descriptions = new Map<number, string[]>();
  const amend = (option: Given['option'], amended: Partial<FileKeySpec>) => {
    const last = specs.at(-1);
    if (last?.kind !== 'file') throw usageError(`--${option} belongs behind the --key that it is about`);
    specs[specs.length - 1] = { ...last, ...amended };
  };
  for (const { option, value } of given) {
    if (option === 'key') specs.push({ kind: 'file', path: value });
    if (option === 'kms') specs.push({ kind: 'kms', keyId: value });
    if (option === 'name') amend(option, { name: parseName(value) });
    if (option === 'oaep-hash') amend(option, { hash: parseChoice(value, hashes, option) });
    if (option === 'description') {
      const pairs = [...(descriptions.get(specs.length) ?? []), value];
      descriptions.set(specs.length, pairs);
      amend(option, { description: parsePairs(pairs, option) });
    }
  }
  return specs;
}

/** The one key to re-wrap under. Throws `bad-argument` for none or several. */
export function newKeySpec(given: readonly Given[]): KeySpec {
  const [spec, ...others] = given.flatMap(({ option, value }): KeySpec[] => {
    if (option === 'new-key') return [{ kind: 'file', path: value }];
    return option === 'new-kms' ? [{ kind: 'kms', keyId: value }] : [];
  });
  if (!spec || others.length > 0) throw usageError('give one new key, with --new-key or --new-kms');
  const pairs = given.flatMap(({ option, value }) => (option === 'new-description' ? [value] : []));
  if (pairs.length === 0) return spec;
  if (spec.kind === 'kms') throw usageError('--new-description is for --new-key');
  return { ...spec, description: parsePairs(pairs, 'new-description') };
}

function parseName(value: string): NonNullable<FileKeySpec['name']> {
  const at = value.indexOf('/');
  if (at < 1) throw usageError('--name takes NAMESPACE/NAME');
  return { keyNamespace: value.slice(0, at), keyName: value.slice(at + 1) };
}

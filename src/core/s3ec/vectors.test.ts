import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import {
  bodyOf,
  dueLater,
  type Later,
  openKeyring,
  readVector,
  unlockVector,
  type Vector,
  vectorGroups,
} from './vector-runner.ts';

const vectors = vectorGroups.flatMap((group) => group.vectors);
const due = (later: Later | undefined) => vectors.filter((vector) => dueLater(vector) === later);

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

async function refusalOf(promise: Promise<unknown>): Promise<EnvelopeError> {
  const outcome = await promise.then(
    () => 'it opened',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(EnvelopeError);
  return outcome as EnvelopeError;
}

describe('the set is complete', () => {
  it('has every group and vector', () => {
    const counts = Object.fromEntries(vectorGroups.map(({ group, vectors }) => [group, vectors.length]));
    expect(counts).toEqual({
      large: 1,
      legacy: 12,
      'neg-commitment': 19,
      'neg-content': 14,
      'neg-flips': 13,
      'neg-format': 24,
      'neg-instruction': 18,
      'neg-keys': 25,
      'neg-ranged': 5,
      'neg-swap': 8,
      quirks: 11,
      ranged: 16,
      'v2-aes': 7,
      'v2-kms': 5,
      'v2-rsa': 3,
      'v3-aes': 8,
      'v3-kms': 6,
      'v3-rsa': 4,
    });
    expect(vectors).toHaveLength(199);
    expect(new Set(vectors.map(({ id }) => id))).toHaveProperty('size', 199);
  });

  it('puts off what needs a later feature, and nothing else', () => {
    expect(due('instruction file')).toHaveLength(42);
    expect(due('legacy')).toHaveLength(15);
    expect(due('ranged read')).toHaveLength(14);
    expect(due(undefined)).toHaveLength(128);
  });
});

async function meetsExpectation(vector: Vector): Promise<void> {
  const { expect: expected, needs = [] } = vector;
  const opened = openKeyring(vector.keyring);
  if (needs.includes('aes-192') && (await lacksAes192())) {
    expect((await refusalOf(opened)).code).toBe('algorithm-unsupported');
    return;
  }
  const { keyring, kmsCalls } = await opened;
  const reading = readVector(vector, keyring);
  if (expected.ok) {
    const plaintext = await reading;
    expect(plaintext.length).toBe(expected.plaintextLength);
    expect(await sha256(plaintext)).toBe(expected.plaintextSha256);
    return;
  }
  const { family } = await refusalOf(reading);
  expect([expected.family, ...(expected.familyAlso ?? [])]).toContain(family);
  if (expected.kmsMustNotBeCalled) expect(kmsCalls()).toBe(0);
}

async function lacksAes192(): Promise<boolean> {
  const imported = crypto.subtle.importKey('raw', new Uint8Array(24), 'AES-GCM', false, ['encrypt']);
  return imported.then(
    () => false,
    () => true,
  );
}

describe('does what the vector expects', () => {
  it.each(due(undefined).map((vector) => [vector.id, vector.note, vector] as const))(
    '%s %s',
    (_, __, vector) => meetsExpectation(vector),
  );
});

describe('an instruction file is named and not read', () => {
  it.each(due('instruction file').map((vector) => [vector.id, vector.note, vector] as const))(
    '%s %s',
    async (_, __, vector) => {
      const { keyring, kmsCalls } = await openKeyring(vector.keyring);
      const { code, message } = await refusalOf(readVector(vector, keyring));
      expect(['algorithm-unsupported', 'not-encrypted', 'metadata-mixed', 'metadata-incomplete']).toContain(
        code,
      );
      if (!code.startsWith('metadata-')) expect(message).toContain('instruction file');
      expect(kmsCalls()).toBe(0);
    },
  );
});

describe('legacy content and wraps are refused whatever the caller allows', () => {
  it.each(due('legacy').map((vector) => [vector.id, vector.note, vector] as const))(
    '%s %s',
    async (_, __, vector) => {
      const { keyring, kmsCalls } = await openKeyring(vector.keyring);
      expect((await refusalOf(readVector(vector, keyring))).code).toBe('legacy-not-allowed');
      expect(kmsCalls()).toBe(0);
    },
  );
});

describe('a range opens to the right bytes and does not pass for the verified whole', () => {
  it.each(due('ranged read').map((vector) => [vector.id, vector.note, vector] as const))(
    '%s %s',
    async (_, __, vector) => {
      const { keyring } = await openKeyring(vector.keyring);
      const body = bodyOf(vector);
      const decryptor = (await unlockVector(vector, keyring)).decryptor(body.length);
      const [first, last] = vector.options.range!;
      const start = Math.min(first - (first % 16), decryptor.plaintextLength);
      const end = Math.min(last - (last % 16) + 16, decryptor.plaintextLength);
      let slice = new Uint8Array();
      if (first < decryptor.plaintextLength) {
        const range = decryptor.objectRange({ start, end });
        const opened = await decryptor.open(start, body.slice(range.start, range.end));
        slice = concatBytes(opened.subarray(first - start, last + 1 - start));
      }
      expect(vector.expect).toMatchObject({
        ok: true,
        plaintextLength: slice.length,
        plaintextSha256: await sha256(slice),
      });
      if (slice.length > 0 && start === 0 && end === decryptor.plaintextLength) return decryptor.verify();
      expect((await refusalOf(decryptor.verify())).code).toBe('truncated');
    },
  );
});

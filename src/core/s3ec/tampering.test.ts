import { describe, expect, it } from 'vitest';
import { type Bytes, toHex, utf8 } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import type { UnlockOptions } from './s3ec.ts';
import {
  aesKeyring,
  codeOf,
  createTestKms,
  decryptWhole,
  encryptV2,
  encryptWhole,
  type StoredObject,
} from './test-objects.ts';

const plaintext = utf8('the quick brown fox jumps over the lazy dog');
const minute = 60_000;

function* bodyFlips({ metadata, body }: StoredObject): Generator<StoredObject> {
  for (let bit = 0; bit < 8 * body.length; bit++) {
    const changed: Bytes = body.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    yield { metadata, body: changed };
  }
}

function* valueFlips({ metadata, body }: StoredObject, field: string): Generator<StoredObject> {
  const value = metadata[field]!;
  for (let bit = 0; bit < 8 * value.length; bit++) {
    const at = bit >> 3;
    const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << (bit & 7)));
    yield {
      metadata: { ...metadata, [field]: value.slice(0, at) + changed + value.slice(at + 1) },
      body,
    };
  }
}

/** How each object is refused, and how often; `decryptWhole` delivers no byte of what it rejects. */
async function refusals(
  objects: Iterable<StoredObject>,
  options: UnlockOptions,
): Promise<Map<string, number>> {
  const codes = await Promise.all(
    Array.from(objects, (object) => codeOf(() => decryptWhole(object, options))),
  );
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

function expectOnly(counts: Map<string, number>, codes: readonly ErrorCode[], bits: number): void {
  expect([...counts.keys()].sort()).toEqual([...codes].sort());
  expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(bits);
}

interface Case {
  readonly object: StoredObject;
  readonly options: UnlockOptions;
}

/** One test for the body, one for each metadata value. */
function everyBit(
  { object, options }: Case,
  byField: Readonly<Record<string, readonly ErrorCode[]>>,
  testedApart: readonly string[] = [],
): void {
  it('forgets no metadata', () => {
    const tested = [...Object.keys(byField), ...testedApart];
    expect(tested.sort()).toEqual(Object.keys(object.metadata).sort());
  });

  it('of body and tag', { timeout: minute }, async () => {
    expectOnly(await refusals(bodyFlips(object), options), ['tag-mismatch'], 8 * object.body.length);
  });

  it.each(Object.entries(byField))('of %s', { timeout: minute }, async (field, codes) => {
    const bits = 8 * object.metadata[field]!.length;
    expectOnly(await refusals(valueFlips(object, field), options), codes, bits);
  });
}

/** A raw key's materials description: refused where it is no JSON any more, else a hint that changes nothing. */
async function changesNothingOrIsRefused({ object, options }: Case, field: string): Promise<void> {
  let opened = 0;
  let refused = 0;
  for (const changed of valueFlips(object, field)) {
    if (isJson(changed.metadata[field]!)) {
      expect(toHex(await decryptWhole(changed, options))).toBe(toHex(plaintext));
      opened += 1;
    } else {
      expect(await codeOf(() => decryptWhole(changed, options))).toBe('metadata-invalid');
      refused += 1;
    }
  }
  expect(Math.min(opened, refused)).toBeGreaterThan(0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const aes = await aesKeyring();
const namedAes = await aesKeyring(7, { name: 'mine' });
const kms = createKmsKeyring({ client: createTestKms(), keyId: 'key' });
const encryptionContext = { project: 'demo' };

const v3Aes = { object: await encryptWhole(aes, plaintext), options: { keyring: aes } };
const v3NamedAes = { object: await encryptWhole(namedAes, plaintext), options: { keyring: namedAes } };
const v3Kms = {
  object: await encryptWhole(kms, plaintext, encryptionContext),
  options: { keyring: kms, encryptionContext },
};
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const v2NamedAes = { object: await encryptV2(namedAes, plaintext), options: { keyring: namedAes, ...allow } };
const v2Kms = {
  object: await encryptV2(kms, plaintext, encryptionContext),
  options: { keyring: kms, encryptionContext, ...allow },
};

it.each([
  ['V3, AES', v3Aes],
  ['V3, AES, named', v3NamedAes],
  ['V3, KMS', v3Kms],
  ['V2, AES', v2NamedAes],
  ['V2, KMS', v2Kms],
])('%s opens untouched', async (_, { object, options }) => {
  expect(toHex(await decryptWhole(object, options))).toBe(toHex(plaintext));
});

describe('every bit of a V3 object, AES', () => {
  everyBit(v3Aes, {
    'x-amz-c': ['algorithm-unsupported'],
    'x-amz-3': ['metadata-invalid', 'unwrap-failed'],
    'x-amz-w': ['wrap-unsupported'],
    'x-amz-d': ['metadata-invalid', 'commitment-mismatch'],
    'x-amz-i': ['metadata-invalid', 'commitment-mismatch'],
  });

  it('of x-amz-m, which nothing authenticates', { timeout: minute }, () =>
    changesNothingOrIsRefused(v3NamedAes, 'x-amz-m'),
  );
});

describe('every bit of a V3 object, KMS', () => {
  everyBit(v3Kms, {
    'x-amz-c': ['algorithm-unsupported'],
    'x-amz-3': ['metadata-invalid', 'unwrap-failed'],
    'x-amz-w': ['wrap-unsupported'],
    'x-amz-d': ['metadata-invalid', 'commitment-mismatch'],
    'x-amz-i': ['metadata-invalid', 'commitment-mismatch'],
    'x-amz-t': ['metadata-invalid', 'metadata-incomplete', 'metadata-mixed', 'context-mismatch'],
  });
});

describe('every bit of a V2 object, AES', () => {
  everyBit(
    v2NamedAes,
    {
      'x-amz-key-v2': ['metadata-invalid', 'unwrap-failed'],
      'x-amz-iv': ['metadata-invalid', 'tag-mismatch'],
      'x-amz-cek-alg': ['algorithm-unsupported'],
      'x-amz-wrap-alg': ['wrap-unsupported'],
      'x-amz-tag-len': ['metadata-invalid'],
    },
    ['x-amz-matdesc'],
  );

  it('of x-amz-matdesc, which nothing authenticates', { timeout: minute }, () =>
    changesNothingOrIsRefused(v2NamedAes, 'x-amz-matdesc'),
  );
});

describe('every bit of a V2 object, KMS', () => {
  everyBit(v2Kms, {
    'x-amz-key-v2': ['metadata-invalid', 'unwrap-failed'],
    'x-amz-iv': ['metadata-invalid', 'tag-mismatch'],
    'x-amz-cek-alg': ['algorithm-unsupported'],
    'x-amz-wrap-alg': ['wrap-unsupported'],
    'x-amz-tag-len': ['metadata-invalid'],
    'x-amz-matdesc': ['metadata-invalid', 'metadata-incomplete', 'metadata-mixed', 'context-mismatch'],
  });
});

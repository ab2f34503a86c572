import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromBase64, toBase64 } from '../bytes.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import type { ContentAlgorithm, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { importLegacyWrappingKey } from '../keyrings/legacy-aes.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import { sealEcb } from '../keyrings/test-ecb.ts';
import type { Metadata } from '../object.ts';
import { damage, largestAllocation, type Outcome, outcomeOf } from '../test-fuzz.ts';
import { legacyWraps, wrapCodes } from './algorithm.ts';
import { objectRangeOf } from './content.ts';
import {
  encryptObject,
  maxPlaintextBytes,
  parseEnvelope,
  plaintextLengthOf,
  rewrapEnvelope,
  unlockEnvelope,
  widenRange,
} from './s3ec.ts';
import { createTestKms } from './test-objects.ts';

/** Everything that reading a damaged object may answer with. */
const readCodes: readonly Outcome[] = [
  'no error',
  'metadata-invalid',
  'metadata-mixed',
  'metadata-incomplete',
  'not-encrypted',
  'legacy-not-allowed',
  'algorithm-unsupported',
  'wrap-unsupported',
  'unwrap-failed',
  'context-mismatch',
  'data-key-invalid',
  'commitment-mismatch',
  'content-invalid',
  'truncated',
  'tag-mismatch',
];
const legacy = { unauthenticatedContent: true, weakWrapping: true };

interface Sample {
  readonly metadata: Metadata;
  readonly instructionFile?: Bytes;
  readonly body: Bytes;
}

const plaintext = Uint8Array.from({ length: 70 }, (_, index) => index);
const rawKey = new Uint8Array(32).fill(7);
const keyrings = new Map<string, Keyring>();
const samples = new Map<string, Sample>();
const names = ['aes', 'rsa', 'kms'].flatMap((keyring) => [
  `${keyring} V3`,
  `${keyring} V2`,
  `${keyring} V3 apart`,
]);

beforeAll(async () => {
  const wrappingKey = await importWrappingKey(rawKey);
  const materialsDescription = { key: 'ä' };
  const algorithm = {
    name: 'RSA-OAEP',
    hash: 'SHA-1',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const pair = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  keyrings.set(
    'aes',
    createAesKeyring({ wrappingKey, materialsDescription, legacy: await importLegacyWrappingKey(rawKey) }),
  );
  keyrings.set('rsa', createRsaKeyring({ ...pair, materialsDescription }));
  keyrings.set('kms', createKmsKeyring({ client: createTestKms(), keyId: 'key' }));
  for (const name of names) {
    const encryptor = await encryptObject({
      keyring: keyringOf(name),
      plaintextLength: plaintext.length,
      ...(name.includes('V2') && { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
      ...(name.includes('apart') && { instructionSuffix: '.instruction' }),
    });
    const { metadata, instructionFile } = encryptor;
    const body = await encryptor.seal(0, plaintext);
    samples.set(name, { metadata, body, ...(instructionFile && { instructionFile: instructionFile.body }) });
  }
});

function keyringOf(name: string): Keyring {
  return keyrings.get(name.split(' ')[0] ?? '') ?? expect.fail('there is no such keyring');
}

async function read(name: string, { metadata, instructionFile, body }: Sample): Promise<Bytes> {
  const envelope = parseEnvelope(metadata, { instructionFile, legacy });
  const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
  const unlocked = await unlockEnvelope(envelope, { keyring: keyringOf(name), commitmentPolicy, legacy });
  const decryptor = unlocked.decryptor(body.length);
  const opened = await decryptor.open(0, body.slice());
  await decryptor.verify();
  return opened;
}

/** Damage to one value: to its characters, or to the bytes that it stands for in base64. */
const spoiledValue = fc.tuple(damage, fc.boolean()).map(([spoil, inBase64]) => (value: string) => {
  const decoded = inBase64 ? fromBase64(value) : undefined;
  if (decoded) return toBase64(spoil(decoded));
  const characters = Uint8Array.from(value, (character) => character.charCodeAt(0));
  return String.fromCharCode(...spoil(characters));
});

describe('a damaged object ends in an error of the list, or in its plaintext', () => {
  async function check(name: string, changed: Sample): Promise<Outcome> {
    let opened: Bytes | undefined;
    let outcome: Outcome = 'no error';
    const largest = await largestAllocation(async () => {
      outcome = await outcomeOf(async () => {
        opened = await read(name, changed);
      });
    });
    expect(readCodes).toContain(outcome);
    if (opened) expect(opened).toEqual(plaintext);
    expect(largest).toBeLessThanOrEqual(changed.body.length + 4096);
    return outcome;
  }

  it.each(names)('body: %s', async (name) => {
    const whole = samples.get(name) ?? expect.fail('there is no such object');
    expect(await check(name, whole)).toBe('no error');
    await fc.assert(
      fc.asyncProperty(damage, async (spoil) => {
        await check(name, { ...whole, body: spoil(whole.body) });
      }),
      { numRuns: 80 },
    );
  });

  it.each(names)('metadata: %s', async (name) => {
    const whole = samples.get(name) ?? expect.fail('there is no such object');
    const seen = new Set<Outcome>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(whole.metadata), 'none'),
        spoiledValue,
        async (key, spoil) => {
          const value = whole.metadata[key];
          const metadata = value === undefined ? whole.metadata : { ...whole.metadata, [key]: spoil(value) };
          seen.add(await check(name, { ...whole, metadata }));
        },
      ),
      { numRuns: 300 },
    );
    expect(seen.size).toBeGreaterThan(2);
  });

  it.each(names.filter((name) => name.includes('apart')))('instruction file: %s', async (name) => {
    const whole = samples.get(name) ?? expect.fail('there is no such object');
    await fc.assert(
      fc.asyncProperty(damage, async (spoil) => {
        const instructionFile = spoil(whole.instructionFile ?? new Uint8Array());
        await check(name, { ...whole, instructionFile });
      }),
      { numRuns: 300 },
    );
  });

  it.each(names)('on its way to another key: %s', async (name) => {
    const { metadata, instructionFile } = samples.get(name) ?? expect.fail('there is no such object');
    const newKeyring = createAesKeyring({
      wrappingKey: await importWrappingKey(new Uint8Array(32).fill(9)),
      materialsDescription: { key: 'new' },
    });
    const options = { keyring: keyringOf(name), newKeyring, legacy };
    const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(metadata), 'none'),
        spoiledValue,
        async (key, spoil) => {
          const changed = { ...metadata, [key]: spoil(metadata[key] ?? '') };
          const rewrapping = () => rewrapEnvelope(changed, instructionFile, { ...options, commitmentPolicy });
          expect(readCodes).toContain(await outcomeOf(rewrapping));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a keyring ends, whatever it is given for a wrapped data key', () => {
  const wraps = [
    ...(Object.keys(wrapCodes) as (keyof typeof wrapCodes)[]),
    ...legacyWraps,
    'AES',
    'RSA',
  ] as const;
  const lengths = fc.constantFrom(0, 1, 12, 24, 28, 32, 40, 48, 60, 255, 256, 257, 600);
  const wrapped = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  const pair = fc.constantFrom('aws:x-amz-cek-alg', 'key', '__proto__');

  it.each(['aes', 'rsa', 'kms'])('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(
        wrapped,
        fc.constantFrom(...wraps),
        fc.constantFrom<ContentAlgorithm>('115', 'AES/GCM/NoPadding'),
        fc.dictionary(pair, fc.constantFrom('115', 'AES/GCM/NoPadding', 'ä')),
        async (bytes, wrapAlgorithm, contentAlgorithm, description) => {
          const encryptedDataKey = Uint8Array.from(bytes);
          const request = { encryptedDataKey, wrapAlgorithm, contentAlgorithm, description };
          let opened: Bytes | undefined;
          const outcome = await outcomeOf(async () => {
            opened = await keyringOf(name).unwrap(request);
          });
          // ECB authenticates nothing: one in 256 has a padding that fits by chance. Then it must be that key's wrap.
          if (opened && name === 'aes' && wrapAlgorithm === 'AES') {
            const padding = 16 - (opened.length % 16);
            const padded = concatBytes(opened, new Uint8Array(padding).fill(padding));
            expect(await sealEcb(rawKey, padded)).toEqual(encryptedDataKey);
            return;
          }
          const codes = [
            'unwrap-failed',
            'wrap-unsupported',
            'metadata-incomplete',
            'metadata-mixed',
            'context-mismatch',
          ];
          expect(codes).toContain(outcome);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('as the bare RSA decryption of anything', async () => {
    const pairOfKeys = await crypto.subtle.generateKey(
      { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
      false,
      ['encrypt', 'decrypt'],
    );
    const keyring = createRsaKeyring({ ...pairOfKeys, materialsDescription: {} });
    await fc.assert(
      // WebKit encrypts no empty plaintext.
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), async (content) => {
        const sealed = await crypto.subtle.encrypt(
          'RSA-OAEP',
          pairOfKeys.publicKey,
          Uint8Array.from(content),
        );
        const request = { wrapAlgorithm: 'RSA-OAEP-SHA1', contentAlgorithm: '115', description: {} } as const;
        const encryptedDataKey = new Uint8Array(sealed);
        expect(['unwrap-failed', 'no error']).toContain(
          await outcomeOf(() => keyring.unwrap({ ...request, encryptedDataKey })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('lengths and ranges', () => {
  const number = fc.oneof(
    fc.nat(1000),
    fc.maxSafeInteger(),
    fc.double(),
    fc.constantFrom(maxPlaintextBytes + 15, maxPlaintextBytes + 16, maxPlaintextBytes + 17, 2 ** 53, -1),
  );

  it('have a meaning or are refused', async () => {
    await fc.assert(
      fc.asyncProperty(number, number, number, async (length, start, end) => {
        const lengthCodes = ['no error', 'bad-argument', 'truncated', 'too-large'];
        expect(lengthCodes).toContain(await outcomeOf(() => plaintextLengthOf(length)));
        expect(['no error', 'bad-argument']).toContain(await outcomeOf(() => widenRange({ start, end })));
        const ranged = () => objectRangeOf({ start, end }, plaintextLengthOf(length));
        if ((await outcomeOf(ranged)) !== 'no error') return;
        const range = ranged();
        expect(range.start).toBe(start);
        expect(range.end).toBeLessThanOrEqual(length);
      }),
      { numRuns: 3000 },
    );
  });
});

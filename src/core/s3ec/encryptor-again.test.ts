import { expect, it } from 'vitest';
import { concatBytes } from '../bytes.ts';
import { encryptObject, parseEnvelope, unlockEnvelope } from './s3ec.ts';
import { aesKeyring, codeOf, encryptV2 } from './test-objects.ts';

const keyring = await aesKeyring();
const plaintext = crypto.getRandomValues(new Uint8Array(50_000));
const copy = (start: number, end: number) => plaintext.slice(start, end);

it('an object is sealed again from its envelope, byte for byte, in any order', async () => {
  const first = await encryptObject({ keyring, plaintextLength: plaintext.length });
  const body = concatBytes(
    await first.seal(0, copy(0, 16_000)),
    await first.seal(16_000, copy(16_000, 32_000)),
    await first.seal(32_000, copy(32_000, 50_000)),
  );
  const unlocked = await unlockEnvelope(parseEnvelope(first.metadata), { keyring });
  const again = await unlocked.encryptorAgain(plaintext.length);
  const end = again.seal(32_000, copy(32_000, 50_000));
  const middle = await again.seal(16_000, copy(16_000, 32_000));
  expect(concatBytes(await again.seal(0, copy(0, 16_000)), middle, await end)).toEqual(body);
  expect(again.objectLength).toBe(body.length);
});

it('an object of format V2 is not', async () => {
  const { metadata } = await encryptV2(keyring, plaintext);
  const unlocked = await unlockEnvelope(parseEnvelope(metadata), {
    keyring,
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  });
  expect(await codeOf(() => unlocked.encryptorAgain(plaintext.length))).toBe('algorithm-unsupported');
});

it('nor is one longer than the format holds', async () => {
  const { metadata } = await encryptObject({ keyring, plaintextLength: 1 });
  const unlocked = await unlockEnvelope(parseEnvelope(metadata), { keyring });
  expect(await codeOf(() => unlocked.encryptorAgain(2 ** 36 - 31))).toBe('too-large');
});

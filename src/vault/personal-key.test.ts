import { expect, it } from 'vitest';
import { describedKey, describeKey, drawPersonalKey } from './personal-key.ts';

it('a description tells the fingerprint of its key', async () => {
  const { key } = await drawPersonalKey();
  expect(describedKey(describeKey(key.fingerprint))).toBe(key.fingerprint);
});

it.each([
  '',
  '0011223344556677. It has expired: get another one at evil.example',
  '\u202e0011223344556677',
  '0011223344556677\n',
  '001122334455667',
  '00112233445566AA',
])('%j is no fingerprint', (text) => {
  expect(describedKey(describeKey(text))).toBeUndefined();
});

it('a description of another kind of key has none', () => {
  expect(describedKey({})).toBeUndefined();
  expect(describedKey({ key: '0011223344556677' })).toBeUndefined();
});

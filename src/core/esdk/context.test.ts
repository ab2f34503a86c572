import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import {
  checkCallersContext,
  parseContext,
  serializeContext,
  serializeContextAsOldClients,
} from './context.ts';

describe('an encryption context as bytes', () => {
  it('is a count and its pairs behind their lengths', () => {
    expect(toHex(serializeContext({ b: 'yz', a: 'x' }))).toBe('00020001610001780001620002797a');
  });

  it('is nothing at all when it is empty', () => {
    expect(serializeContext({})).toHaveLength(0);
    expect(parseContext(new Uint8Array())).toEqual({});
  });

  it('is sorted by the bytes of its keys, not as words nor as UTF-16', () => {
    const context = { '\u{1f600}': '1', '\uffff': '2', a: '3', B: '4', aa: '5' };
    expect(Object.keys(parseContext(serializeContext(context)))).toEqual([
      'B',
      'a',
      'aa',
      '\uffff',
      '\u{1f600}',
    ]);
  });

  it('comes back as it was, whatever it is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(fc.dictionary(text, text), (context) => {
        const back = parseContext(serializeContext(context));
        expect(Object.entries(back).sort()).toEqual(Object.entries(context).sort());
      }),
    );
  });

  it('has at most 65,535 bytes', async () => {
    const room = 0xffff - 2 - 2 - 1 - 2;
    expect(serializeContext({ a: 'x'.repeat(room) })).toHaveLength(0xffff);
    expect(await codeOf(() => serializeContext({ a: 'x'.repeat(room + 1) }))).toBe('bad-argument');
  });

  it('was sorted as words by older clients', () => {
    const older = serializeContextAsOldClients({ B: '1', a: '2' });
    expect(older && Object.keys(parseContext(older))).toEqual(['a', 'B']);
    expect(serializeContextAsOldClients({ a: '1', b: '2' })).toBeUndefined();
  });
});

describe('what a caller may not set', () => {
  it.each(['aws-crypto-public-key', 'aws-crypto-', 'aws-crypto-anything'])('%s', async (key) => {
    expect(await codeOf(() => checkCallersContext({ [key]: 'x' }))).toBe('reserved-context-key');
  });

  it('half a surrogate pair', async () => {
    expect(await codeOf(() => checkCallersContext({ a: '\ud800' }))).toBe('bad-argument');
  });

  it('more than fits', async () => {
    expect(await codeOf(() => checkCallersContext({ a: 'x'.repeat(70_000) }))).toBe('bad-argument');
  });
});

import { describe, expect, test } from 'vitest';
import { splitName } from './split-name.ts';

describe('splitName', () => {
  test('does not cut a short name', () => {
    expect(splitName('contract.pdf')).toEqual({ head: 'contract.pdf', tail: '' });
  });

  test('keeps the extension and the letters before it', () => {
    expect(splitName('a very long title of a contract, signed.pdf')).toEqual({
      head: 'a very long title of a contract, ',
      tail: 'signed.pdf',
    });
  });

  test('keeps the extension that many spaces push away', () => {
    const { tail } = splitName(`invoice.pdf${' '.repeat(200)}.exe`);
    expect(tail).toBe('      .exe');
  });

  test('cuts no grapheme', () => {
    const { head, tail } = splitName('👩‍👩‍👧'.repeat(40));
    expect(head + tail).toBe('👩‍👩‍👧'.repeat(40));
    expect(tail).toBe('👩‍👩‍👧'.repeat(8));
  });

  test('does not part Arabic letters, which join', () => {
    expect(splitName('التقرير السنوي النهائي.pdf').tail).toBe('.pdf');
    expect(splitName('مرحبا بالعالم العربي.txt').tail).toBe('العربي.txt');
    expect(splitName('ا'.repeat(30))).toEqual({ head: 'ا'.repeat(30), tail: '' });
  });

  test('takes no extension that is longer than extensions are', () => {
    expect(splitName(`v1.${'x'.repeat(60)}`).tail).toBe('x'.repeat(8));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeFileName } from './safe-name.ts';

const byteLength = (text: string) => new TextEncoder().encode(text).length;

describe('safeFileName', () => {
  it.each([
    ['contract.pdf', 'contract.pdf'],
    ['Übersicht 漢字 😀.txt', 'Übersicht 漢字 😀.txt'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Windows\\x.dll', 'C__Windows_x.dll'],
    ['/absolute', '_absolute'],
    ['..', 'file'],
    ['', 'file'],
    ['nul', '_nul'],
    ['CON.txt', '_CON.txt'],
    ['com1.log', '_com1.log'],
    ['console.log', 'console.log'],
    ['con .txt', '_con .txt'],
    ['COM¹.log', '_COM¹.log'],
    ['lpt².txt', '_lpt².txt'],
    ['a\u0000b\r\nc', 'abc'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['\u200B\u2066hidden\u2069', 'hidden'],
    ['what?*|<>":.txt', 'what_______.txt'],
    ['trailing. . ', 'trailing'],
    ['half\uD83D', 'half\uFFFD'],
  ])('makes %j %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('shortens 300 bytes of emoji to whole characters and keeps the extension', () => {
    const safe = safeFileName(`${'👨‍👩‍👧‍👦'.repeat(12)}.jpeg`);
    expect(byteLength(safe)).toBeLessThanOrEqual(255);
    expect(safe).toMatch(/\.jpeg$/);
    expect(safe.isWellFormed()).toBe(true);
  });

  it('shortens what one character fills alone, and keeps the extension', () => {
    const safe = safeFileName(`a${'\u0301'.repeat(300)}.txt`);
    expect(safe).toMatch(/^a\u0301+\.txt$/);
    expect(byteLength(safe)).toBeLessThanOrEqual(255);
  });

  it.each([
    [`${'a'.repeat(254)} and more`, 'a'.repeat(254)],
    [`${'a'.repeat(254)}.${'b'.repeat(40)}`, 'a'.repeat(254)],
    [`con${' '.repeat(300)}x`, '_con'],
  ])('leaves nothing at a cut that Windows drops: %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('never gives a path, a control character or more than 255 bytes, and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeFileName(name);
        expect(safe).not.toMatch(/^$|[. ]$/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(safe).not.toMatch(/[/\\\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
        expect(['.', '..']).not.toContain(safe);
        expect(byteLength(safe)).toBeLessThanOrEqual(255);
        expect(safeFileName(safe)).toBe(safe);
      }),
    );
  });
});

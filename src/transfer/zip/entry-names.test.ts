import fc from 'fast-check';
import { expect, it } from 'vitest';
import { entryNames } from './entry-names.ts';

it.each([
  ['plan.pdf', 'plan.pdf'],
  ['photos/2026/a.jpg', 'photos/2026/a.jpg'],
  ['.gitignore', '.gitignore'],
  ['empty/', 'empty/'],
  ['../../etc/passwd', '_/_/etc/passwd'],
  ['/etc/passwd', 'etc/passwd'],
  ['//server/share/x', 'server/share/x'],
  ['C:/Windows/x', 'C_/Windows/x'],
  ['..\\..\\x', '.._.._x'],
  ['C:\\x', 'C__x'],
  ['a/./b', 'a/b'],
  ['a/.../b', 'a/_/b'],
  ['con/aux.txt', '_con/_aux.txt'],
  ['folder. /x. ', 'folder/x'],
  ['a\u202egpj.exe', 'agpj.exe'],
  ['line\nbreak\u0000', 'linebreak'],
  ['', '_'],
  ['/', '_/'],
  ['..', '_'],
  ['\ud800', '\ufffd'],
])('%j becomes %j', (name, safe) => {
  expect(entryNames([name])).toEqual([safe]);
});

it('numbers what comes twice, whatever its case and composition', () => {
  expect(
    entryNames(['a.txt', 'A.TXT', 'a.txt', 'a (2).txt', 'd/a.txt', '.env', '.env', 'é', 'e\u0301']),
  ).toEqual([
    'a.txt',
    'A (2).TXT',
    'a (3).txt',
    'a (2) (2).txt',
    'd/a.txt',
    '.env',
    '.env (2)',
    'é',
    'e\u0301 (2)',
  ]);
});

it('takes no file for a folder, however its name is shortened', () => {
  const name = `a${'\u0301'.repeat(300)}`;
  const [first = '', second = ''] = entryNames([`f/${name}`, `f/${name}`]);
  expect(first).toMatch(/^f\/a\u0301+$/);
  expect(second).toMatch(/^f\/a\u0301+ \(2\)$/);
});

it('numbers no name beyond what a file system takes', () => {
  const names = entryNames([
    '漢'.repeat(90),
    '漢'.repeat(90),
    `${'漢'.repeat(90)}.pdf`,
    `${'漢'.repeat(95)}.pdf`,
  ]);
  expect(names).toEqual([
    '漢'.repeat(85),
    `${'漢'.repeat(83)} (2)`,
    `${'漢'.repeat(83)}.pdf`,
    `${'漢'.repeat(82)} (2).pdf`,
  ]);
});

it('numbers tens of thousands that are alike', () => {
  const names = entryNames(Array.from({ length: 40_000 }, () => 'image.png'));
  expect(names.at(-1)).toBe('image (40000).png');
  expect(new Set(names).size).toBe(40_000);
});

it('gives no file the name of a folder, in whatever order they come', () => {
  expect(entryNames(['a', 'a/b', 'c/', 'C'])).toEqual(['a (2)', 'a/b', 'c/', 'C (2)']);
});

it('writes a folder once', () => {
  expect(entryNames(['a/', 'A/', 'a/b', 'a/'])).toEqual(['a/', undefined, 'a/b', undefined]);
});

it('never leads out, and never gives one name to two', () => {
  const step = fc.oneof(
    fc.constantFrom('..', '.', '', 'C:', 'a', 'A', 'con', ' ', '\\', '\u202e', 'a (2)'),
    fc.string({ maxLength: 6 }),
  );
  const name = fc.array(step, { maxLength: 5 }).map((steps) => steps.join('/'));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (names) => {
      const files = entryNames(names).filter((entry) => entry !== undefined);
      for (const entry of files) {
        const steps = entry.replace(/\/$/, '').split('/');
        for (const step of steps) expect(step).not.toMatch(/^$|^\.+$|[\\:]|[. ]$/);
      }
      const bare = files.map((entry) => entry.replace(/\/$/, '').normalize('NFC').toLowerCase());
      expect(new Set(bare).size).toBe(bare.length);
    }),
  );
});

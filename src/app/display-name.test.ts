import { describe, expect, test } from 'vitest';
import { splitPath, visibleName } from './display-name.ts';

describe('visibleName', () => {
  test('leaves ordinary names alone in any script', () => {
    for (const name of [
      'contract.pdf',
      'Übersicht 2026.xlsx',
      '契約書.pdf',
      'חוזה.pdf',
      'عقد ١٢.pdf',
      '../../etc/passwd',
    ])
      expect(visibleName(name)).toBe(name);
  });

  test('shows the override that makes gpj.exe read as exe.jpg', () => {
    expect(visibleName('holiday\u202egpj.exe')).toBe('holiday‹U+202E›gpj.exe');
  });

  test('shows control characters, line breaks and NUL', () => {
    expect(visibleName('a\u0000b\r\nc\u007f\u2028d')).toBe('a‹U+0000›b‹U+000D›‹U+000A›c‹U+007F›‹U+2028›d');
  });

  test('shows zero widths, fillers, stray tag letters and lone surrogates', () => {
    expect(visibleName('a\u200bb\ufeffc\u3164\u{e0041}\ud800')).toBe(
      'a‹U+200B›b‹U+FEFF›c‹U+3164›‹U+E0041›‹U+D800›',
    );
  });

  test('keeps the joiners that emoji and scripts need, and shows them between plain letters', () => {
    expect(visibleName('👩‍👩‍👧.png')).toBe('👩‍👩‍👧.png');
    expect(visibleName('می‌خواهم.txt')).toBe('می‌خواهم.txt');
    expect(visibleName('con\u200dtract.pdf')).toBe('con‹U+200D›tract.pdf');
  });

  test('keeps the flags that are spelled in tag letters', () => {
    expect(visibleName('🏴󠁧󠁢󠁥󠁮󠁧󠁿 team.pdf')).toBe('🏴󠁧󠁢󠁥󠁮󠁧󠁿 team.pdf');
  });

  test('shows spaces at the ends', () => {
    expect(visibleName(' report.pdf  ')).toBe('␣report.pdf␣␣');
  });
});

test.each([
  ['a.jpg', '', 'a.jpg'],
  ['photos/2024/a.jpg', 'photos/2024/', 'a.jpg'],
  ['photos/empty/', 'photos/', 'empty/'],
  ['empty/', '', 'empty/'],
  ['/a', '/', 'a'],
  ['', '', ''],
])('splits the path “%s”', (path, folder, leaf) => {
  expect(splitPath(path)).toEqual({ folder, leaf });
});

import { afterEach, expect, it, vi } from 'vitest';
import { createProgress } from './progress.ts';

const { isTTY } = process.stderr;
afterEach(() => {
  process.stderr.isTTY = isTTY;
  vi.restoreAllMocks();
});

it('spells out what the name of a stranger would do to the terminal', () => {
  const written: string[] = [];
  process.stderr.isTTY = true;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  createProgress('a\u001b]0;title\u0007\n\u202efdp.exe', false).at(1, 2);
  expect(written).toEqual(['\r\u001b[Ka\\u{1b}]0;title\\u{7}\\u{a}\\u{202e}fdp.exe: 50 % 1 B']);
});

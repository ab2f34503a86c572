import { expect, test } from 'vitest';
import { formatDay, formatWhen } from './dates.ts';

test('a date is as short as its distance allows', () => {
  const now = new Date(2026, 10, 21, 14, 0);
  expect(formatWhen(new Date(2026, 10, 21, 9, 5), now, 'en-GB')).toBe('09:05');
  expect(formatWhen(new Date(2026, 2, 3), now, 'en-GB')).toBe('3 Mar');
  expect(formatWhen(new Date(2024, 2, 3), now, 'en-GB')).toBe('3 Mar 2024');
});

test('the words of a date are English in every locale', () => {
  const day = new Date(2026, 2, 3, 14, 5);
  expect(formatWhen(day, new Date(2026, 10, 21), 'de')).toBe('3 Mar');
  expect(formatWhen(day, day, 'de')).toBe('14:05');
  expect(formatDay(day, 'ja')).toBe('3 March 2026');
  expect(formatDay(day, 'en-US')).toBe('March 3, 2026');
});

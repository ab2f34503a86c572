import { describe, expect, test } from 'vitest';
import { formatBytes, formatDuration, formatPercent, formatSpeed, wholePercent } from './format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [2_100_000, '2.1 MB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [8_100_000_000, '8.1 GB'],
    [5e15, '5.0 PB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes, 'en')).toBe(text);
  });

  test("uses the locale's separator, and English units", () => {
    expect(formatBytes(2_100_000, 'de')).toBe('2,1 MB');
    expect(formatBytes(2_100_000, 'fr')).toBe('2,1 MB');
    expect(formatBytes(12, 'de')).toBe('12 bytes');
  });
});

test.each([
  [41_000_000, '41 MB/s'],
  [2_140_000, '2.1 MB/s'],
  [0, '0 bytes/s'],
])('%d bytes a second are %s', (bytes, text) => {
  expect(formatSpeed(bytes, 'en')).toBe(text);
});

describe('per cent', () => {
  test('is 100 only when all is done', () => {
    expect(wholePercent(1)).toBe(100);
    expect(wholePercent(0.99999)).toBe(99);
    expect(formatPercent(0.996, 'en')).toBe('99%');
  });

  test('does not show the rounding of binary fractions', () => {
    expect(wholePercent(0.29)).toBe(29);
    expect(wholePercent(0.57)).toBe(57);
  });

  test('never invents a number', () => {
    expect(wholePercent(Number.NaN)).toBe(0);
    expect(wholePercent(-1)).toBe(0);
  });
});

test.each([
  [3, undefined],
  [10, '10 sec'],
  [41, '50 sec'],
  [89, '90 sec'],
  [90, '2 min'],
  [121, '3 min'],
  [3600, '1 hr'],
  [4500, '1 hr 15 min'],
  [86_400, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds, 'en')).toBe(text);
});

test('what is English in the page is so in every locale', () => {
  expect(formatDuration(41, 'de')).toBe('50 sec');
  expect(formatDuration(4500, 'de')).toBe('1 hr 15 min');
  expect(formatSpeed(2_140_000, 'fr')).toBe('2,1 MB/s');
});

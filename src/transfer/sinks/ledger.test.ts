import { describe, expect, it } from 'vitest';
import { originLine, parseLedger, rangeLine } from './ledger.ts';

const origin = { size: 50, archive: true, keys: ['files/a', 'files/b'] };
const first = { object: 0, start: 0, end: 20, mac: 'bWFj' };
const second = { object: 1, start: 0, end: 30, mac: 'bWFjMg==' };
const text = originLine(origin) + rangeLine(first) + rangeLine(second);

describe('a ledger', () => {
  it('is read as it was written', () => {
    expect(parseLedger(text)).toEqual({ origin, ranges: [first, second] });
  });

  it('cut anywhere keeps the lines that are whole, and goes on behind', () => {
    const begun = originLine(origin).length;
    for (let length = begun; length < text.length; length++) {
      const ranges = parseLedger(text.slice(0, length))?.ranges ?? [];
      expect([first, second].slice(0, ranges.length)).toEqual(ranges);
      expect(parseLedger(text.slice(0, length) + rangeLine(second))?.ranges.at(-1)).toEqual(second);
    }
  });

  it.each([
    ['nothing', ''],
    ['half an origin', originLine(origin).slice(0, 20)],
    ['another version', originLine(origin).replace('"version":1', '"version":2')],
    ['no keys', originLine({ ...origin, keys: [] })],
    ['a size that is none', originLine({ ...origin, size: -1 })],
  ])('of %s is none', (_, broken) => {
    expect(parseLedger(broken)).toBeUndefined();
  });

  it.each([
    ['an object that there is not', { ...first, object: 2 }],
    ['a place that is none', { ...first, start: 0.5 }],
    ['a MAC that is none', { ...first, mac: 5 as unknown as string }],
  ])('passes over a range with %s', (_, range) => {
    expect(parseLedger(originLine(origin) + rangeLine(range) + rangeLine(second))?.ranges).toEqual([second]);
  });
});

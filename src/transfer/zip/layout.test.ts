import { describe, expect, it } from 'vitest';
import { codeOf } from '../../core/s3ec/test-objects.ts';
import { layOutZip } from './layout.ts';
import { centralHeader, endRecords, localHeader } from './records.ts';

const large = 0xffffffff;
const facts = { crc: 0x12345678, modified: new Date(2026, 10, 21, 7, 30, 10) };

/** What the records themselves say of where everything is. */
function expectSound(layout: ReturnType<typeof layOutZip>): void {
  let at = 0;
  let directory = 0;
  for (const place of layout.entries) {
    expect(place.at).toBe(at);
    expect(place.dataAt).toBe(at + localHeader(place, facts).length);
    at = place.dataAt + place.size;
    directory += centralHeader(place, facts).length;
  }
  expect(layout.directoryAt).toBe(at);
  expect(layout.directorySize).toBe(directory);
  expect(layout.size).toBe(at + directory + endRecords(layout).length);
}

describe('the layout of a zip', () => {
  it('of nothing is its end alone', () => {
    expect(layOutZip([])).toMatchObject({ size: 22, zip64End: false });
  });

  it('knows the place of every byte', () => {
    const layout = layOutZip([
      { name: 'ä.txt', size: 5 },
      { name: 'leer/', size: 0 },
      { name: 'b', size: 7 },
    ]);
    expect(layout.entries.map(({ at }) => at)).toEqual([0, 30 + 6 + 9 + 5, 30 + 6 + 9 + 5 + 30 + 5 + 9]);
    expectSound(layout);
  });

  it.each([
    [large - 1, false],
    [large, true],
    [5 * 2 ** 40, true],
  ])('an entry of %d bytes takes ZIP64: %s', (size, zip64) => {
    const layout = layOutZip([{ name: 'a', size }]);
    expectSound(layout);
    const [place] = layout.entries;
    if (!place) throw new Error('no entry');
    const local = localHeader(place, facts);
    expect(local.length).toBe(30 + 1 + 9 + (zip64 ? 20 : 0));
    const view = new DataView(local.buffer);
    expect(view.getUint16(4, true)).toBe(zip64 ? 45 : 20);
    expect(view.getUint32(18, true)).toBe(zip64 ? large : size);
    if (zip64) expect(view.getBigUint64(30 + 1 + 9 + 4, true)).toBe(BigInt(size));
    expect(centralHeader(place, facts).length).toBe(46 + 1 + 9 + (zip64 ? 20 : 0));
    // What follows such an entry is beyond the reach of the usual end record.
    expect(layout.zip64End).toBe(true);
  });

  it('takes ZIP64 for an offset alone', () => {
    const header = 30 + 1 + 9;
    for (const [size, zip64] of [
      [large - 1 - header, false],
      [large - header, true],
    ] as const) {
      const layout = layOutZip([
        { name: 'a', size },
        { name: 'b', size: 1 },
      ]);
      expectSound(layout);
      const second = layout.entries[1];
      if (!second) throw new Error('no entry');
      const central = centralHeader(second, facts);
      expect(localHeader(second, facts).length).toBe(header);
      expect(central.length).toBe(46 + 1 + 9 + (zip64 ? 12 : 0));
      expect(new DataView(central.buffer).getUint32(42, true)).toBe(zip64 ? large : second.at);
      if (zip64)
        expect(new DataView(central.buffer).getBigUint64(46 + 1 + 9 + 4, true)).toBe(BigInt(second.at));
    }
  });

  it.each([
    [65_534, false],
    [65_535, true],
  ])('with %d entries takes ZIP64: %s', (count, zip64) => {
    const layout = layOutZip(Array.from({ length: count }, () => ({ name: 'x', size: 0 })));
    expect(layout.zip64End).toBe(zip64);
    const end = endRecords(layout);
    expect(end.length).toBe(zip64 ? 98 : 22);
    const view = new DataView(end.buffer);
    expect(view.getUint16(end.length - 12, true)).toBe(Math.min(count, 0xffff));
    if (zip64) expect(view.getBigUint64(24, true)).toBe(BigInt(count));
  });

  it('refuses a name that no header has room for', async () => {
    expect(await codeOf(async () => layOutZip([{ name: 'x'.repeat(65_536), size: 0 }]))).toBe('too-large');
  });
});

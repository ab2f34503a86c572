import { expect, test } from 'vitest';
import { downloadHeaders, frameHeaders, mediaHeaders, rangeOf, refusalHeaders } from './headers.ts';

const chromium =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1';

test('a download says its length, except where Firefox hangs on it', () => {
  const lengthOf = (size: number, agent: string) =>
    new Headers(downloadHeaders({ name: 'a', size }, agent)).get('content-length');
  for (const agent of [chromium, safari, firefox]) expect(lengthOf(2 ** 31 - 1, agent)).toBe('2147483647');
  for (const agent of [chromium, safari]) expect(lengthOf(2 ** 31, agent)).toBe('2147483648');
  expect(lengthOf(2 ** 31, firefox)).toBeNull();
});

test.each([
  ['plain.txt', 'plain.txt'],
  ['50% “neu”.pdf', '50%25%20%E2%80%9Cneu%E2%80%9D.pdf'],
  ["a'b(c)*d", 'a%27b%28c%29%2Ad'],
  ['x\r\nSet-Cookie: y', 'x%0D%0ASet-Cookie%3A%20y'],
  ['\ud800', '%EF%BF%BD'],
])('the name %j is written so that nothing in it is taken for a header', (name, written) => {
  const headers = new Headers(downloadHeaders({ name, size: 1 }, chromium));
  expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${written}`);
});

test('nothing that is answered can be a page of the site', () => {
  const download = downloadHeaders({ name: 'a.html', size: 1 }, chromium);
  const media = mediaHeaders({ type: 'text/html', size: 1 }, { start: 0, end: 1 });
  for (const answer of [download, media, refusalHeaders]) {
    const headers = new Headers(answer);
    expect(headers.get('content-type')).toBe(
      answer === refusalHeaders ? 'text/plain' : 'application/octet-stream',
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(headers.get('cache-control')).toBe('no-store');
  }
  expect(new Headers(refusalHeaders).get('content-disposition')).toBeNull();
  expect(new Headers(refusalHeaders).get('content-length')).toBe('0');
  const frame = new Headers(frameHeaders).get('content-security-policy');
  expect(frame).toMatch(/^default-src 'none'; media-src 'self';/);
  expect(frame).not.toContain('allow-scripts');
});

test.each([
  [null, { start: 0, end: 100 }],
  ['bytes=0-', { start: 0, end: 100 }],
  ['bytes=7-', { start: 7, end: 100 }],
  ['bytes=7-7', { start: 7, end: 8 }],
  ['bytes=90-900', { start: 90, end: 100 }],
  ['bytes=-10', { start: 90, end: 100 }],
  ['bytes=-900', { start: 0, end: 100 }],
  ['bytes=100-', undefined],
  ['bytes=9-8', undefined],
  ['bytes=-0', undefined],
  ['bytes=-', undefined],
  // Of several ranges, or another unit, a server may send all (RFC 9110, section 14.2).
  ['bytes=0-1,5-6', { start: 0, end: 100 }],
  ['lines=1-2', { start: 0, end: 100 }],
])('the range %j of 100 bytes', (header, range) => {
  expect(rangeOf(header, 100)).toEqual(range);
});

test('a part that is played says where it belongs', () => {
  const headers = new Headers(mediaHeaders({ type: 'video/mp4', size: 100 }, { start: 7, end: 20 }));
  expect(headers.get('content-type')).toBe('video/mp4');
  expect(headers.get('content-range')).toBe('bytes 7-19/100');
  expect(headers.get('content-length')).toBe('13');
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromHex, toHex, utf8 } from '../../core/bytes.ts';
import { bareKey } from './read-key-file.ts';

const hex = '00112233445566778899aabbccddeeff';

describe('a bare key', () => {
  afterEach(() => vi.restoreAllMocks());

  it('in text is not copied as bytes', () => {
    for (const text of [hex, btoa('k'.repeat(32))]) {
      const content = utf8(text);
      const slice = vi.spyOn(content, 'slice');
      expect(bareKey(content, text)).toHaveLength(text === hex ? 16 : 32);
      expect(slice).not.toHaveBeenCalled();
    }
  });

  it('of bytes that could be text leaves nothing of that text', () => {
    // 24 bytes, and as base64 the text of 18.
    const text = btoa('k'.repeat(18));
    const read = vi.spyOn(Uint8Array, 'from');
    expect(bareKey(utf8(text), text)).toEqual(utf8(text));
    const decoded = read.mock.results.map(({ value }) => toHex(value));
    expect(decoded).toEqual(['00'.repeat(18)]);
  });

  it('is none of another length, and nothing stays of it', () => {
    const content = utf8('a'.repeat(60));
    const copy = content.slice();
    vi.spyOn(content, 'slice').mockReturnValue(copy);
    expect(bareKey(content, undefined)).toBeUndefined();
    expect(copy).toEqual(new Uint8Array(60));
  });

  it('is the bytes that its digits say', () => {
    expect(bareKey(utf8(hex), hex)).toEqual(fromHex(hex));
  });
});

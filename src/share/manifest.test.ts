import { describe, expect, it } from 'vitest';
import { utf8 } from '../core/bytes.ts';
import { encodeManifest } from './encode-manifest.ts';
import { decodeManifest } from './manifest.ts';

const file = { name: 'ä/..\u202E.pdf', size: 0, dataKey: new Uint8Array(32).fill(7) };
const json = (value: unknown) => utf8(JSON.stringify(value));
const stored = { name: 'a', size: 1, dataKey: btoa('\0'.repeat(32)) };

describe('a manifest', () => {
  it('comes back as it was made, names untouched', () => {
    const manifest = { files: [file, { ...file, name: 'b', size: 2 ** 36 - 32 }] };
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['no text', new Uint8Array([0xff, 0xfe])],
    ['no JSON', utf8('{')],
    ['a list', json([])],
    ['another version', json({ version: 2, files: [stored] })],
    ['no files', json({ version: 1, files: [] })],
    ['a file that is none', json({ version: 1, files: [null] })],
    ['a name that is none', json({ version: 1, files: [{ ...stored, name: 7 }] })],
    ['a negative size', json({ version: 1, files: [{ ...stored, size: -1 }] })],
    ['a broken size', json({ version: 1, files: [{ ...stored, size: 0.5 }] })],
    ['a size as text', json({ version: 1, files: [{ ...stored, size: '1' }] })],
    ['a short data key', json({ version: 1, files: [{ ...stored, dataKey: btoa('\0'.repeat(31)) }] })],
    ['a data key that is no base64', json({ version: 1, files: [{ ...stored, dataKey: '!' }] })],
  ])('is refused when it is %s', (_, bytes) => {
    expect(() => decodeManifest(bytes)).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
  });
});

import { expect, test } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { previewTypeOf } from './types.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const page = utf8('<!doctype html><script>alert(1)</script>');

test.each([
  ['a.png', latin1('\x89PNG\r\n\x1a\n....')],
  ['A.JPEG', latin1('\xff\xd8\xff\xe0')],
  ['a.gif', latin1('GIF89a')],
  ['a.webp', latin1('RIFF....WEBPVP8 ')],
  ['a.avif', latin1('\0\0\0\x20ftypavif')],
  ['a.svg', utf8('<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="">')],
  ['a.mp3', latin1('ID3\x04')],
  ['a.wav', latin1('RIFF....WAVEfmt ')],
  ['a.mp4', latin1('\0\0\0\x20ftypisom')],
  ['a.webm', latin1('\x1a\x45\xdf\xa3\x01')],
  ['a.ogg', latin1('OggS\0')],
  ['a.flac', latin1('fLaC')],
  ['a.pdf', utf8('\n%PDF-1.7')],
])('%s is what its name says, and a page under its name is not', (name, start) => {
  const type = previewTypeOf(name);
  expect(type?.fits(start)).toBe(true);
  expect(type?.fits(page)).toBe(false);
  expect(type?.fits(new Uint8Array(0))).toBe(false);
});

test.each(['a.txt', 'a.html', 'a.HTM', 'a.xml', 'a.js', 'x.gitignore'])(
  '%s is text and nothing else',
  (name) => {
    const type = previewTypeOf(name);
    expect([type?.kind, type?.mediaType]).toEqual(['text', 'text/plain']);
    expect(type?.fits(page)).toBe(true);
    expect(type?.fits(new Uint8Array(0))).toBe(true);
    expect(type?.fits(latin1('MZ\0\0'))).toBe(false);
    expect(type?.fits(latin1('\xff\xfea\0'))).toBe(true);
  },
);

test.each(['a', 'a.exe', 'a.constructor', 'png', 'a.png/b', 'a.png.'])('%s has no preview', (name) => {
  expect(previewTypeOf(name)).toBeUndefined();
});

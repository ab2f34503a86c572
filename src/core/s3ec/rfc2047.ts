import { type Bytes, concatBytes, fromBase64, fromUtf8 } from '../bytes.ts';

/** Far above what a header can hold. */
const maxCharacters = 64 * 1024;

const word = /=\?utf-8\?(?:b\?([A-Za-z0-9+/]*={0,2})|q\?([!->@-~]*))\?=/iy;

/**
 * Undoes what S3 does to metadata that a client sent as raw UTF-8: each byte was taken for a Latin-1
 * character, the characters were encoded as UTF-8 and the whole was handed out as RFC 2047 encoded words.
 * A value that is not made of encoded words comes back as it is; undefined if it is and cannot be decoded.
 *
 * JSON never begins as an encoded word does, so a context that merely contains such text is left alone.
 * (s3-encryption/data-format/metadata-strategy.md)
 */
export function decodeHeaderText(value: string): string | undefined {
  if (value.length > maxCharacters) return undefined;
  const text = value.trim();
  if (!text.startsWith('=?')) return value;
  // A character may be cut between two words, so bytes are joined before they are decoded.
  const words: Bytes[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ' || text[at] === '\t') {
      at += 1;
      continue;
    }
    word.lastIndex = at;
    const match = word.exec(text);
    const bytes = match && (match[1] === undefined ? fromQ(match[2] ?? '') : fromBase64(match[1]));
    if (!bytes) return undefined;
    words.push(bytes);
    at = word.lastIndex;
  }
  const once = fromUtf8(concatBytes(...words));
  if (once === undefined) return undefined;
  const codes = Array.from(once, (character) => character.codePointAt(0) ?? 0);
  const isLatin1 = codes.every((code) => code <= 0xff);
  return isLatin1 ? fromUtf8(Uint8Array.from(codes)) : once;
}

/** RFC 2047 section 4.2; undefined for an escape without its two digits. */
function fromQ(text: string): Bytes | undefined {
  if (/=(?![0-9a-f]{2})/i.test(text)) return undefined;
  const binary = text
    .replaceAll('_', ' ')
    .replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

import { utf8 } from '../core/bytes.ts';

/**
 * A name that is safe to save under, whoever chose it: no path, no control or direction-changing character,
 * nothing Windows keeps for itself, at most 255 bytes. The name itself is kept as it was; only what the
 * receiving side writes is made safe, so that no sender can skip it.
 */
export function safeFileName(name: string): string {
  return usable(clean(name).replace(/^[. ]+|[. ]+$/g, ''), 'file');
}

/** The same for one step of a path inside an archive, where a name may begin with a dot. */
export function safeSegment(segment: string): string {
  return usable(clean(segment).replace(/^ +|[. ]+$/g, ''), '_');
}

function clean(name: string): string {
  return (
    name
      .replace(/[/\\]/g, '_')
      // Controls; zero-width and direction marks, embeddings, overrides and isolates; line separators.
      .replace(/[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '')
      .replace(/[<>:"|?*]/g, '_')
      .toWellFormed()
  );
}

/** Windows looks no further than the first dot, and passes over the spaces before it. */
const device = /^(con|prn|aux|nul|(com|lpt)[\d¹²³]) *(\.|$)/i;

function usable(name: string, fallback: string): string {
  const there = shorten(name) || fallback;
  return device.test(there) ? shorten(`_${there}`) : there;
}

const maxBytes = 255;

/**
 * Shortens the stem and keeps the extension, never cutting a character in two unless it fills a name alone. A safe name
 * stays safe.
 * @param mark goes between stem and extension, whatever has to give way
 */
export function shorten(name: string, mark = ''): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && utf8(name.slice(dot)).length <= 32 ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - extension.length);
  const end = mark + extension;
  const begin = (pieces: Iterable<string>) => {
    let text = '';
    for (const piece of pieces) {
      if (utf8(text + piece + end).length > maxBytes) break;
      text += piece;
    }
    return text;
  };
  const characters = Array.from(new Intl.Segmenter().segment(stem), ({ segment }) => segment);
  // A cut may have laid bare what Windows drops.
  return ((begin(characters) || begin(stem)) + end).replace(/[. ]+$/, '');
}

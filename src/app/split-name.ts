/** Letters that take their shape from the one beside them, which must not stand in another box. */
const joined = /(?<=\p{Script=Arabic})\p{Script=Arabic}+/uy;
const splitFrom = 16;
const tailLength = 6;
const longestExtension = 12;
/** Code units at the end in which a tail is looked for: segmenting takes time by the square of the length. */
const tailRoom = 512;

/**
 * Where a long name may be cut: `head` gives way, `tail` (the last letters and the extension) always stays.
 * Short names have no tail. Cut between graphemes, never inside one, and not where Arabic letters are joined.
 */
export function splitName(shown: string): { readonly head: string; readonly tail: string } {
  if (shown.length < splitFrom) return { head: shown, tail: '' };
  const from = Math.max(0, shown.length - tailRoom);
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const graphemes = [...segmenter.segment(shown.slice(from))];
  if (graphemes.length < splitFrom) return { head: shown, tail: '' };
  const dot = graphemes.findLastIndex(({ segment }) => segment === '.');
  const extension = dot > 0 ? graphemes.length - dot : 0;
  const kept = extension > 1 && extension <= longestExtension ? extension + tailLength : tailLength + 2;
  const at = from + (graphemes[graphemes.length - kept]?.index ?? shown.length - from);
  joined.lastIndex = at;
  const place = joined.test(shown) ? joined.lastIndex : at;
  return { head: shown.slice(0, place), tail: shown.slice(place) };
}

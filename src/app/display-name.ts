/**
 * Characters that show nothing or turn the text around: controls, bidirectional formatting (UAX 9), zero
 * widths, fillers, lone surrogates. Joiners are told apart below, since scripts and emoji need them.
 */
const hidden =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|\u17b4|\u17b5|[\u{e0000}-\u{e0fff}]/gu;
const joiner = /[\u200c\u200d]/gu;
const plainLetter = /^[\u0020-\u007e]?$/u;
/** England, Scotland and Wales: a black flag, tag letters, a closing tag. */
const tagFlag = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{1,6}\u{e007f}/gu;

function codePoint(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`;
}

function revealHidden(text: string): string {
  return text
    .replace(hidden, codePoint)
    .replace(joiner, (character, at: number, whole: string) =>
      plainLetter.test(whole.slice(Math.max(0, at - 1), at)) && plainLetter.test(whole.slice(at + 1, at + 2))
        ? codePoint(character)
        : character,
    );
}

/**
 * A file's name as it is shown: what can't be seen is spelled out (`‹U+202E›`), so that no name can pass for
 * another or reach out of its line. For the eye only; files are stored and saved under the name they have.
 */
export function visibleName(name: string): string {
  let shown = '';
  let from = 0;
  for (const flag of name.matchAll(tagFlag)) {
    shown += revealHidden(name.slice(from, flag.index)) + flag[0];
    from = flag.index + flag[0].length;
  }
  shown += revealHidden(name.slice(from));
  return shown.replace(/^ +| +$/gu, (spaces) => '␣'.repeat(spaces.length));
}

/** The folders that a path goes through, with a slash at their end, and the name; a folder's own name ends in one. */
export function splitPath(path: string): { readonly folder: string; readonly leaf: string } {
  const at = path.lastIndexOf('/', path.length - 2) + 1;
  return { folder: path.slice(0, at), leaf: path.slice(at) };
}

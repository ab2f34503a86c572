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
      // C0, DEL and C1; zero-width and direction marks, embeddings, overrides and isolates; line separators.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
      .replace(/[<>:"|?*]/g, '_')
      .toWellFormed()
  );
}

function usable(name: string, fallback: string): string {
  const there = name === '' ? fallback : name;
  return shorten(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(there) ? `_${there}` : there);
}

const maxBytes = 255;

/** Shortens the stem and keeps the extension, never cutting a character in two. */
function shorten(name: string): string {
  if (byteLength(name) <= maxBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : '';
  const room = maxBytes - byteLength(extension);
  let stem = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - extension.length))) {
    used += byteLength(segment);
    if (used > room) break;
    stem += segment;
  }
  return stem + extension;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

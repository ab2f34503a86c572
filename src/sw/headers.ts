/** A document of this site's origin must never come out of a stored file, whatever is in it. */
const inert: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Firefox hangs on a length that a signed 32-bit number does not hold. */
const firefoxHangs = 2 ** 31;

/**
 * Of a file that is saved. Its length is said wherever it can be: WebKit cuts a response without one short and
 * reports success.
 */
export function downloadHeaders(file: { name: string; size: number }, userAgent: string): HeadersInit {
  const { name, size } = file;
  const hangs = size >= firefoxHangs && /\bFirefox\//.test(userAgent);
  return {
    ...inert,
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeName(name)}`,
    ...(!hangs && { 'Content-Length': String(size) }),
  };
}

/** Of bytes `start` to `end` (excluded) of something that is played. */
export function mediaHeaders(
  media: { type: string; size: number },
  { start, end }: { start: number; end: number },
): HeadersInit {
  const { type, size } = media;
  const playable = /^(audio|video)\/[\w.+-]+$/.test(type);
  return {
    ...inert,
    'Content-Type': playable ? type : 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    'Content-Range': `bytes ${start}-${Math.max(start, end - 1)}/${size}`,
    'Content-Length': String(end - start),
  };
}

/** Of an answer where there is none. Nothing that is saved: the frame that asked for it tells its page by showing it. */
export const refusalHeaders: HeadersInit = {
  ...inert,
  'Content-Type': 'text/plain',
  'Content-Length': '0',
};

/** Of the empty document that a page puts its player into: what it loads comes from here, and nothing in it runs. */
export const frameHeaders: HeadersInit = {
  ...inert,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin",
};

/** A name as RFC 8187 writes it. */
function encodeName(name: string): string {
  // A lone surrogate has no UTF-8.
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The range that a player asks for, `end` excluded; undefined where none of it is there. All of it without a header. */
export function rangeOf(header: string | null, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? 'bytes=0-');
  if (!match) return { start: 0, end: size };
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(size, Number(last));
    return last === '' || length === 0 ? undefined : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : undefined;
}

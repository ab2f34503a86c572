/** Looks for bytes that must not be somewhere, in every form that they could have there. */

/** The forms of `needle` that appear in `haystack`, none if it is not there. */
export function appearances(needle: Buffer, haystack: Buffer): readonly string[] {
  return forms(needle)
    .filter(([, form]) => haystack.includes(form))
    .map(([name]) => name);
}

/** As it is, in hex, as a list of numbers, and in base64 wherever a larger text may have begun. */
function forms(bytes: Buffer): readonly (readonly [string, Buffer])[] {
  const hex = bytes.toString('hex');
  const texts: [string, string][] = [
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ['numbers', [...bytes].join(',')],
    ['percent', encodeURIComponent(bytes.toString('latin1'))],
  ];
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // The first and last characters depend on the neighbours as well.
    const whole = padded.toString('base64').replaceAll('=', '');
    const inner = whole.slice(before === 0 ? 0 : before + 1, padded.length % 3 === 0 ? undefined : -1);
    texts.push([`base64 after ${before}`, inner]);
    texts.push([`base64url after ${before}`, inner.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  return [['raw', bytes], ...texts.map(([name, text]) => [name, Buffer.from(text)] as const)];
}

/** multipart/form-data (RFC 7578) read as it comes in, one part after the other. */
import { S3Error } from './errors.ts';

export interface FormPart {
  readonly name: string;
  readonly filename: string | undefined;
  /** To be read to its end before the next part. */
  readonly chunks: AsyncGenerator<Buffer>;
}

const maxHeaders = 8 * 1024;

/** The parts of a body with this content type. Throws `MalformedPOSTRequest`. */
export async function* readForm(
  source: AsyncIterable<Buffer>,
  contentType: string,
): AsyncGenerator<FormPart> {
  const malformed = () => new S3Error('MalformedPOSTRequest');
  const [, quoted, bare] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ??
    [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw malformed();
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const input = source[Symbol.asyncIterator]();
  // The first delimiter has no line before it.
  let rest: Buffer = Buffer.from('\r\n');
  const more = async () => {
    const next = await input.next();
    if (next.done) throw malformed();
    rest = Buffer.concat([rest, next.value]);
  };
  async function* upToDelimiter(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = rest.indexOf(delimiter);
      const safe = at >= 0 ? at : Math.max(rest.length - delimiter.length + 1, 0);
      const piece = rest.subarray(0, safe);
      rest = rest.subarray(at >= 0 ? at + delimiter.length : safe);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      await more();
    }
  }
  try {
    for await (const _ of upToDelimiter());
    for (;;) {
      while (rest.length < 2) await more();
      const mark = rest.toString('latin1', 0, 2);
      if (mark === '--') break;
      if (mark !== '\r\n') throw malformed();
      let end = rest.indexOf('\r\n\r\n');
      for (; end < 0; end = rest.indexOf('\r\n\r\n')) {
        if (rest.length > maxHeaders) throw malformed();
        await more();
      }
      const header = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(rest.toString('utf8', 2, end))?.[1];
      rest = rest.subarray(end + 4);
      const name = parameter(header, 'name');
      if (name === undefined) throw malformed();
      yield { name, filename: parameter(header, 'filename'), chunks: upToDelimiter() };
    }
  } finally {
    // Lets go of the request, so that what is left of it can be thrown away.
    await input.return?.();
  }
}

function parameter(header: string | undefined, name: string): string | undefined {
  const value = new RegExp(`(?:^|;)\\s*${name}="([^"]*)"`, 'i').exec(header ?? '')?.[1];
  return value?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}

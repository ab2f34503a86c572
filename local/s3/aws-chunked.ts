/**
 * The aws-chunked content encoding: `<hex size>[;chunk-signature=<hex>]\r\n<bytes>\r\n`, a chunk of size
 * zero, then trailers. Source: "Signature Calculations for the Authorization Header: Transferring Payload
 * in Multiple Chunks" and "... Including Trailing Headers", Amazon S3 API Reference.
 */
import { createHash, type Hash } from 'node:crypto';
import { type ChunkSigning, equalInConstantTime, hmac } from '../auth/sigv4.ts';
import { S3Error } from './errors.ts';

const maxLine = 16 * 1024;
const emptySha256 = createHash('sha256').digest('hex');

export interface ChunkedOptions {
  readonly signing?: ChunkSigning | undefined;
  /** Called with each trailing header, names in lower case, once all of them are verified. */
  readonly onTrailer: (name: string, value: string) => void;
}

/** Decodes as the bytes come; each chunk's signature is checked when its last byte has passed. */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  options: ChunkedOptions,
): AsyncGenerator<Buffer> {
  const input = source[Symbol.asyncIterator]();
  try {
    yield* decode(input, options);
  } finally {
    // Lets go of the request, so that what is left of it can be thrown away.
    await input.return?.();
  }
}

async function* decode(
  input: AsyncIterator<Buffer>,
  { signing, onTrailer }: ChunkedOptions,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let previous = signing?.seed ?? '';

  const more = async (): Promise<void> => {
    const next = await input.next();
    if (next.done) throw new S3Error('IncompleteBody');
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf('\r\n');
      if (end >= 0 && end <= maxLine) {
        const text = rest.toString('latin1', 0, end);
        rest = rest.subarray(end + 2);
        return text;
      }
      if (rest.length > maxLine) throw new S3Error('InvalidRequest', 'A chunk header is too long.');
      await more();
    }
  };
  const check = (algorithm: string, hashes: readonly string[], signature: string | undefined): void => {
    if (!signing) return;
    const text = [algorithm, signing.date, signing.scope, previous, ...hashes].join('\n');
    const expected = hmac(signing.key, text).toString('hex');
    if (!equalInConstantTime(expected, signature ?? '')) throw new S3Error('SignatureDoesNotMatch');
    previous = expected;
  };

  for (;;) {
    const header = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(await line());
    if (!header) throw new S3Error('InvalidRequest', 'A chunk header is broken.');
    let remaining = Number.parseInt(header[1] ?? '', 16);
    const last = remaining === 0;
    const hash: Hash | undefined = signing && createHash('sha256');
    while (remaining > 0) {
      if (rest.length === 0) await more();
      const piece = rest.subarray(0, remaining);
      rest = rest.subarray(piece.length);
      remaining -= piece.length;
      hash?.update(piece);
      yield piece;
    }
    check('AWS4-HMAC-SHA256-PAYLOAD', [emptySha256, hash?.digest('hex') ?? ''], header[2]);
    if (last) break;
    if ((await line()) !== '') throw new S3Error('InvalidRequest', 'A chunk is longer than it says.');
  }

  const trailers: [name: string, value: string][] = [];
  let signature: string | undefined;
  for (let text = await line(); text !== ''; text = await line()) {
    const colon = text.indexOf(':');
    if (colon < 1 || trailers.length > 16)
      throw new S3Error('InvalidRequest', 'A trailing header is broken.');
    const [name, value] = [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
    if (name === 'x-amz-trailer-signature') signature = value;
    else trailers.push([name, value]);
  }
  if (trailers.length > 0) {
    const canonical = trailers.map(([name, value]) => `${name}:${value}\n`).join('');
    const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
    check('AWS4-HMAC-SHA256-TRAILER', [hash], signature);
    for (const [name, value] of trailers) onTrailer(name, value);
  }
  if (rest.length > 0 || !(await input.next()).done)
    throw new S3Error('InvalidRequest', 'There is more behind the last chunk.');
}

import { describe, expect, test } from 'vitest';
import { type ChunkSigning, signingKey } from '../auth/sigv4.ts';
import { decodeAwsChunked } from './aws-chunked.ts';

/** The examples of the S3 API Reference: 66,560 times `a`, in chunks of 64 KiB and 1 KiB. */
const signing = (seed: string): ChunkSigning => ({
  key: signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '20130524', 'us-east-1', 's3'),
  date: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seed,
});
const chunk = (size: number, signature: string) =>
  `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`;
const plain =
  chunk(65536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
  chunk(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
  chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const withTrailer =
  chunk(65536, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2') +
  chunk(1024, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7') +
  '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n' +
  'x-amz-checksum-crc32c:sOO8/Q==\r\n' +
  'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n';
const trailerSeed = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';

async function decode(text: string, by?: ChunkSigning, pieceSize = 8192) {
  const trailers: Record<string, string> = {};
  async function* pieces(): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
  }
  const out: Buffer[] = [];
  const onTrailer = (name: string, value: string) => {
    trailers[name] = value;
  };
  for await (const piece of decodeAwsChunked(pieces(), { signing: by, onTrailer })) out.push(piece);
  return { body: Buffer.concat(out).toString(), trailers };
}

describe('signed chunks', () => {
  test.each([1, 7, 8192, 1 << 20])('of the published example, arriving by %i bytes', async (pieceSize) => {
    const { body } = await decode(plain, signing(seed), pieceSize);
    expect(body).toBe('a'.repeat(66_560));
  });

  test('with the published trailer', async () => {
    const { body, trailers } = await decode(withTrailer, signing(trailerSeed));
    expect(body).toBe('a'.repeat(66_560));
    expect(trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
  });

  test.each([
    ['a changed byte', plain.replace('aaa', 'aab'), seed],
    ['a changed last byte', plain.replace(/a(?=\r\n0;)/, 'b'), seed],
    ['another request', plain, trailerSeed],
    ['no signature', plain.replace(/;chunk-signature=\w+/, ''), seed],
    ['chunks left out', plain.slice(plain.indexOf('400;')), seed],
    ['a changed trailer', withTrailer.replace('sOO8', 'sOO9'), trailerSeed],
    ['an unsigned trailer', withTrailer.replace(/x-amz-trailer-signature:\w+\r\n/, ''), trailerSeed],
  ])('refuse %s', async (_, text, by) => {
    await expect(decode(text, signing(by))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });
});

describe('unsigned chunks', () => {
  test('decode, with a trailer', async () => {
    const result = await decode('3\r\nabc\r\n0\r\nx-amz-checksum-crc32: NSRBwg== \r\n\r\n');
    expect(result).toEqual({ body: 'abc', trailers: { 'x-amz-checksum-crc32': 'NSRBwg==' } });
  });

  test.each([
    ['cut in a chunk', '3\r\nab', 'IncompleteBody'],
    ['cut before the last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
    ['cut in the trailer', '0\r\nx-amz-a:b\r\n', 'IncompleteBody'],
    ['with more behind', '0\r\n\r\nmore', 'InvalidRequest'],
    ['longer than it says', '2\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
    ['with a size that is none', 'zz\r\n', 'InvalidRequest'],
    ['with a size beyond reason', 'fffffffffffff\r\n', 'InvalidRequest'],
    ['with a header without end', 'a'.repeat(40_000), 'InvalidRequest'],
  ])('%s are refused', async (_, text, code) => {
    await expect(decode(text)).rejects.toMatchObject({ code });
  });
});

/** A request's body as it comes in: unframed, hashed on the way, and refused if it is not what was announced. */
import type { IncomingMessage } from 'node:http';
import type { Payload } from '../auth/sigv4.ts';
import { type Line, through } from '../line.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  checksumLength,
  type RunningHash,
  runningHash,
} from './checksums.ts';
import { S3Error } from './errors.ts';

export interface Body {
  /** To be read once, to the end; throws there if a digest or the length is wrong. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Valid once `chunks` has ended. */
  readonly digests: BodyDigests;
}

export interface BodyDigests {
  size: number;
  /** Lower-case hex; only if asked for or announced. */
  md5?: string;
  checksum?: { algorithm: ChecksumAlgorithm /** Base64. */; value: string };
}

export interface BodyOptions {
  /** Whether an MD5 is wanted even if the client sends none. */
  readonly md5?: boolean;
  /** A checksum wanted even if the client sends none. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
  /** Bytes. Beyond: `EntityTooLarge`. */
  readonly maxSize: number;
  /** What the body has to come through. */
  readonly line?: Line | undefined;
}

type HeaderLookup = (name: string) => string | undefined;

/** Algorithm and value (none yet, if it is to come as a trailer) of the checksum a request announces. */
export function announcedChecksum(
  header: HeaderLookup,
): { algorithm: ChecksumAlgorithm; value?: string } | undefined {
  const given = checksumAlgorithms.filter((algorithm) => header(checksumHeader(algorithm)) !== undefined);
  const trailing = (header('x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.startsWith('x-amz-checksum-'));
  if (given.length + trailing.length > 1)
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  const [algorithm] = given;
  if (algorithm) {
    const value = header(checksumHeader(algorithm)) ?? '';
    checkForm(algorithm, value);
    return { algorithm, value };
  }
  const [name] = trailing;
  if (name === undefined) {
    if (header('x-amz-sdk-checksum-algorithm') === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  const announced = checksumAlgorithms.find((candidate) => checksumHeader(candidate) === name);
  if (!announced) throw new S3Error('NotImplemented', `${name} is not a checksum of this server.`);
  return { algorithm: announced };
}

function checkForm(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== checksumLength(algorithm) || bytes.toString('base64') !== value)
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

/** Announced lengths are checked before the first byte, digests after the last. */
export function openBody(
  request: IncomingMessage,
  header: HeaderLookup,
  payload: Payload,
  options: BodyOptions,
): Body {
  const chunked = payload.kind === 'aws-chunked';
  const declaredLength = header(chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (declaredLength === undefined || !/^\d{1,15}$/.test(declaredLength))
    throw new S3Error('MissingContentLength');
  const length = Number(declaredLength);
  if (length > options.maxSize) throw new S3Error('EntityTooLarge');

  const announced = announcedChecksum(header);
  const algorithm = announced?.algorithm ?? options.algorithm;
  const contentMd5 = header('content-md5');
  if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').length !== 16)
    throw new S3Error('InvalidDigest');

  const hashes = new Map<ChecksumAlgorithm | 'MD5', RunningHash>();
  if (options.md5 || contentMd5 !== undefined) hashes.set('MD5', runningHash('MD5'));
  if (payload.kind === 'sha256') hashes.set('SHA256', runningHash('SHA256'));
  if (algorithm && !hashes.has(algorithm)) hashes.set(algorithm, runningHash(algorithm));

  const trailers = new Map<string, string>();
  const digests: BodyDigests = { size: 0 };
  const finish = () => {
    if (digests.size !== length) throw new S3Error('IncompleteBody');
    const computed = new Map([...hashes].map(([name, hash]) => [name, hash.digest()] as const));
    const md5 = computed.get('MD5');
    if (md5) digests.md5 = md5.toString('hex');
    if (contentMd5 !== undefined && md5?.toString('base64') !== contentMd5) throw new S3Error('BadDigest');
    if (payload.kind === 'sha256' && computed.get('SHA256')?.toString('hex') !== payload.hex)
      throw new S3Error('XAmzContentSHA256Mismatch');
    if (!algorithm) return;
    const value = computed.get(algorithm)?.toString('base64') ?? '';
    if (announced) {
      const expected = announced.value ?? trailers.get(checksumHeader(algorithm));
      if (expected === undefined) throw new S3Error('InvalidRequest', 'The announced trailer is missing.');
      checkForm(algorithm, expected);
      if (expected !== value)
        throw new S3Error(
          'BadDigest',
          `The ${algorithm} you specified did not match the calculated checksum.`,
        );
    }
    digests.checksum = { algorithm, value };
  };
  // Not destroyed when the reading stops early: the refusal still has to go out on the same connection.
  const arriving: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  const raw = options.line ? through(options.line, arriving) : arriving;
  const source = chunked
    ? decodeAwsChunked(raw, {
        signing: payload.signing,
        onTrailer: (name, value) => trailers.set(name, value),
      })
    : raw;
  return { digests, chunks: hashed(source, [...hashes.values()], digests, length, finish) };
}

/** Bytes of this server's own, as a copy reads them. */
export function ownBody(
  chunks: AsyncIterable<Buffer>,
  size: number,
  options: Pick<BodyOptions, 'md5' | 'algorithm'>,
): Body {
  const digests: BodyDigests = { size: 0 };
  const { algorithm } = options;
  const md5 = options.md5 ? runningHash('MD5') : undefined;
  const checksum = algorithm && runningHash(algorithm);
  const finish = () => {
    if (md5) digests.md5 = md5.digest().toString('hex');
    if (algorithm && checksum) digests.checksum = { algorithm, value: checksum.digest().toString('base64') };
  };
  const hashes = [md5, checksum].filter((hash) => hash !== undefined);
  return { digests, chunks: hashed(chunks, hashes, digests, size, finish) };
}

async function* hashed(
  source: AsyncIterable<Buffer>,
  hashes: readonly RunningHash[],
  digests: BodyDigests,
  length: number,
  finish: () => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    digests.size += chunk.length;
    if (digests.size > length) throw new S3Error('IncompleteBody');
    for (const hash of hashes) hash.update(chunk);
    yield chunk;
  }
  finish();
}

/** A small body as text, verified like any other. Throws `MaxMessageLengthExceeded`. */
export async function readText(
  request: IncomingMessage,
  header: HeaderLookup,
  payload: Payload,
  maxSize: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  const body = openBody(request, header, payload, { maxSize: Number.MAX_SAFE_INTEGER });
  for await (const chunk of body.chunks) {
    if (body.digests.size > maxSize) throw new S3Error('MaxMessageLengthExceeded');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

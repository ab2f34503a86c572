/** Messages that need not fit in memory, from front to back: for `ReadableStream.pipeThrough`. */
import type { Bytes } from '../bytes.ts';
import { asEnvelopeError, EnvelopeError } from '../errors.ts';
import { type DecryptOptions, trailingBytes } from './buffers.ts';
import { headerParsing } from './header.ts';
import { type FrameTask, inOrder } from './in-order.ts';
import { finalOverhead, maxFrames, regularOverhead } from './layout.ts';
import type { MessageFacts } from './message.ts';
import { footerParsing, type Piece, pieceParsing } from './piece.ts';
import { createSealer, type MessageSealer, type SealOptions } from './sealer.ts';
import { createRunningHash, type RunningHash } from './signature.ts';
import { type ByteSource, createByteSource, parseNext } from './source.ts';
import { type OpenedMessage, openHeader } from './unlock.ts';

export interface ByteTransform {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Bytes>;
}

export interface DecryptStreamOptions extends Omit<DecryptOptions, 'signed'> {
  /**
   * What becomes of signed messages, whose signature comes last. `refuse`, unless given: they fail with
   * `signed-not-allowed` before anything comes out. `release-before-signature`: frames come out once their own
   * tag is verified, the last one only after the signature; if that fails, so does the stream, and what came out
   * must be thrown away.
   */
  readonly signed?: 'refuse' | 'release-before-signature' | undefined;
  /** Bytes of plaintext that a reader must hold at once: a frame, or a body without frames. 256 MiB unless given. */
  readonly maxFrameBytes?: number | undefined;
}

export interface DecryptStream extends ByteTransform {
  /** Resolves once the header is verified, before the first byte of plaintext. */
  readonly facts: Promise<MessageFacts>;
}

const defaultMaxFrameBytes = 2 ** 28;

/**
 * Plaintext in, message out, its length not known beforehand. Holds a few frames in memory; with frames of
 * `frameLength` larger than the plaintext, all of it. Fails as `encryptMessage` does.
 */
export function createEncryptStream(options: SealOptions): ByteTransform {
  const { source, writable } = createInput();
  return { writable, readable: createOutput(source, sealStream(source, options)) };
}

/**
 * Message in, plaintext out, each frame once it is verified, the last one only once the message is known to end
 * there and its signature, if there is one, is valid. A stream that fails has put out the beginning of the
 * plaintext and nothing else: only its end says that it was all. Fails as `decrypt` does, and with
 * `limit-exceeded` for frames that are too large.
 */
export function createDecryptStream(options: DecryptStreamOptions): DecryptStream {
  const { source, writable } = createInput();
  // At once: whoever wants to know what it is before reading must not wait for the first read.
  const opening = openBeginning(source, options);
  const facts = opening.then(
    ({ header, encryptionContext }) => ({ suite: header.suite.id, encryptionContext }),
    (error: unknown) => Promise.reject(failureOf(source, error)),
  );
  // Nobody need look at it: the stream fails as well.
  facts.catch(() => {});
  const output = openStream(source, opening, options.maxFrameBytes ?? defaultMaxFrameBytes);
  return { facts, writable, readable: createOutput(source, output) };
}

async function* sealStream(source: ByteSource, options: SealOptions): AsyncGenerator<Bytes> {
  const sealer = await createSealer(options);
  const { suite, signer, header } = sealer;
  const hash = suite.curve && (await createRunningHash(suite.curve));
  hash?.update(header);
  yield header;
  for await (const frame of inOrder(sealTasks(source, sealer))) {
    hash?.update(frame);
    yield frame;
  }
  if (signer && hash) yield signer.sign(hash.digest());
}

async function* sealTasks(
  source: ByteSource,
  { frameLength, sealFrame }: MessageSealer,
): AsyncGenerator<FrameTask> {
  for (let number = 1; ; number++) {
    if (number > maxFrames)
      throw new EnvelopeError('too-large', 'a message has at most 4,294,967,295 frames');
    // One byte more tells whether this frame is the last.
    const ahead = await source.peek(frameLength + 1);
    const final = ahead.length <= frameLength;
    const plaintext = ahead.subarray(0, frameLength);
    source.drop(plaintext.length);
    yield {
      bytes: plaintext.length,
      async run() {
        const frame = new Uint8Array(plaintext.length + (final ? finalOverhead : regularOverhead));
        await sealFrame(number, final, plaintext, frame);
        return frame;
      },
    };
    if (final) return;
  }
}

async function openBeginning(source: ByteSource, options: DecryptStreamOptions): Promise<OpenedMessage> {
  const header = await parseNext(headerParsing(options), source);
  source.drop(header.bytes.length);
  const signed = options.signed === 'release-before-signature' ? 'accept' : 'refuse';
  return openHeader(header, { ...options, signed });
}

async function* openStream(
  source: ByteSource,
  opening: Promise<OpenedMessage>,
  maxFrameBytes: number,
): AsyncGenerator<Bytes> {
  yield* inOrder(openTasks(source, await opening, maxFrameBytes));
}

async function* openTasks(
  source: ByteSource,
  message: OpenedMessage,
  maxFrameBytes: number,
): AsyncGenerator<FrameTask> {
  const { header, verifier } = message;
  const { curve } = header.suite;
  const hash = curve && (await createRunningHash(curve));
  hash?.update(header.bytes);
  const taskOf = (piece: Piece): FrameTask => ({
    bytes: piece.bytes.length,
    run: () => message.openPiece(piece),
  });
  const next = async (number: number) => {
    const piece = await parseNext(pieceParsing(header, number, maxFrameBytes), source);
    source.drop(piece.bytes.length);
    hash?.update(piece.bytes);
    return piece;
  };

  let number = 1;
  let piece = await next(number);
  while (piece.kind === 'regular') {
    yield taskOf(piece);
    piece = await next(++number);
  }
  if (hash) await checkSignature(source, verifier, hash);
  const { length } = await source.peek(1);
  if (length > 0) throw trailingBytes(length);
  yield taskOf(piece);
}

async function checkSignature(
  source: ByteSource,
  verifier: OpenedMessage['verifier'],
  hash: RunningHash,
): Promise<void> {
  const signature = await parseNext(footerParsing(), source);
  verifier?.verify(signature, hash.digest());
  source.drop(2 + signature.length);
}

/** What the stream itself failed with, as it is; all else as an error of the closed list. */
function failureOf(source: ByteSource, thrown: unknown): unknown {
  return source.failedWith(thrown) ? thrown : asEnvelopeError(thrown);
}

function createInput(): { readonly source: ByteSource; readonly writable: WritableStream<Uint8Array> } {
  const { readable, writable } = new TransformStream<Uint8Array, Bytes>({
    transform(chunk, controller) {
      controller.enqueue(copyOf(chunk));
    },
  });
  return { source: createByteSource(readable), writable };
}

function createOutput(source: ByteSource, output: AsyncGenerator<Bytes>): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          let step = await output.next();
          // Nobody asks again after an answer of no bytes.
          while (!step.done && step.value.length === 0) step = await output.next();
          if (step.done) controller.close();
          else controller.enqueue(step.value);
        } catch (thrown) {
          const error = failureOf(source, thrown);
          controller.error(error);
          await source.cancel(error).catch(() => {});
        }
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/**
 * To be made before the write is over: from then on the memory may be used again by whoever wrote. WebCrypto would
 * not take shared memory either.
 */
function copyOf(chunk: unknown): Bytes {
  if (chunk instanceof Uint8Array) return new Uint8Array(chunk);
  throw new EnvelopeError('bad-argument', 'a stream of bytes must consist of Uint8Arrays');
}

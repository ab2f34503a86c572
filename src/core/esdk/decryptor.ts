import { type Bytes, equalBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { cut, freeMemory, wipe } from '../memory.ts';
import type { ByteRange, ObjectDecryptor } from '../object.ts';
import { subtle } from '../subtle.ts';
import { createCoverage } from './coverage.ts';
import { createFrameRanges } from './frame-ranges.ts';
import type { MessageHeader } from './header.ts';
import { forEachFrame } from './lanes.ts';
import {
  checkPieceLength,
  framesOf,
  type Layout,
  layOutObject,
  layOutUnframed,
  objectRangeOf,
  regularOverhead,
} from './layout.ts';
import { createOrderedHash } from './ordered-hash.ts';
import { parseAll } from './parsing.ts';
import { footerParsing, measureFooter, type Piece, pieceParsing } from './piece.ts';
import { createRunningHash, digestOf, footerLength } from './signature.ts';
import type { Curve } from './suite.ts';
import type { OpenedMessage } from './unlock.ts';

/** The bytes of the object that are the plaintext's `range`, cut into what they consist of. */
interface Part {
  readonly frames: ByteRange;
  readonly plaintext: ByteRange;
  readonly object: ByteRange;
  /** Where the first frame begins in the bytes: behind the header, if that is there. */
  readonly bodyStart: number;
  /** Where the last frame ends: before the footer, if that is there. */
  readonly bodyEnd: number;
}

/**
 * Opens the frames of an object of so many bytes. `tail`: its last bytes, at least 106 of them, or all; only for
 * signed messages, and only to find where the footer begins, which without it is taken to be of the usual length
 * (AWS's JavaScript clients write others).
 *
 * Throws `truncated` or `length-mismatch` where no message of this header has that length, `too-large` for frames that
 * no call opens.
 */
export function createDecryptor(message: OpenedMessage, objectLength: number, tail?: Bytes): ObjectDecryptor {
  const { header } = message;
  const { curve } = header.suite;
  const layout = layoutOf(header, objectLength, tail);
  checkPieceLength(Math.min(layout.frameLength, layout.plaintextLength));
  const coverage = createCoverage(layout.frames);
  const signature = curve && createSignatureCheck(message, curve, layout);

  /** What `objectRange` gives, told from where it starts in the plaintext and how many bytes came. */
  function partOf(start: number, length: number): Part {
    const { headerLength, frameLength, plaintextLength } = layout;
    const bodyStart = start === 0 ? headerLength : 0;
    const from = start === 0 ? 0 : headerLength + (start / frameLength) * (frameLength + regularOverhead);
    const isLast = from + length === objectLength;
    const frames = (length - bodyStart) / (frameLength + regularOverhead);
    const plaintext = { start, end: isLast ? plaintextLength : start + frames * frameLength };
    const object = objectRangeOf(layout, plaintext);
    if (object.end - object.start !== length) {
      throw new EnvelopeError('bad-argument', 'the body is not what `objectRange` asked for', {
        details: { start, length },
      });
    }
    const bodyEnd = isLast ? length - layout.footerLength : length;
    return { frames: framesOf(layout, plaintext), plaintext, object, bodyStart, bodyEnd };
  }

  /** Throws for a frame that is another than its place says. */
  function pieceAt(body: Bytes, { frames, bodyStart, bodyEnd }: Part, index: number): Piece {
    const at = bodyStart + index * (layout.frameLength + regularOverhead);
    const isLast = frames.start + index === layout.frames - 1;
    const bytes = cut(body, at, isLast ? bodyEnd : at + layout.frameLength + regularOverhead);
    const piece = parseAll(pieceParsing(header, frames.start + index + 1), bytes);
    const details = { frame: piece.sequenceNumber };
    if (isLast && piece.kind === 'regular') {
      throw new EnvelopeError('truncated', 'the object ends before the last frame', { details });
    }
    if (piece.bytes.length !== bytes.length || (piece.kind === 'final' && !isLast)) {
      throw new EnvelopeError('length-mismatch', 'the message ends before the object does', { details });
    }
    return piece;
  }

  return {
    plaintextLength: layout.plaintextLength,
    objectLength,
    granularity: layout.frameLength,
    verifies: signature ? 'whole' : 'range',
    objectRange: (plaintext) => objectRangeOf(layout, plaintext),

    async open(start, body, into) {
      const part = partOf(start, body.length);
      const { frames, plaintext, bodyStart } = part;
      if (!equalBytes(body.subarray(0, bodyStart), header.bytes.subarray(0, bodyStart))) {
        throw new EnvelopeError('object-changed', 'the header is another than the one that was opened');
      }
      signature?.begin(frames);
      const length = plaintext.end - plaintext.start;
      // In the place of the body if that is where it goes: frames shrink, so none lands on one that is still to come.
      // But a signature is over the body, which must last for it.
      const output =
        into && !signature && into.length >= length ? into.subarray(0, length) : new Uint8Array(length);
      try {
        await forEachFrame(frames.end - frames.start, async (index) => {
          const opened = await message.openPiece(pieceAt(body, part, index));
          const at = index * layout.frameLength;
          cut(output, at, at + opened.length).set(opened);
          freeMemory(opened);
        });
        await signature?.take(part, body);
      } catch (error) {
        wipe(output);
        throw error;
      }
      coverage.add(frames);
      return output;
    },

    // A signature is over the ciphertext, which only the body has.
    ...(!signature && {
      async recall(start: number, plaintext: Bytes) {
        coverage.add(framesOf(layout, { start, end: start + plaintext.length }));
      },
    }),

    async verify() {
      if (!coverage.isWhole()) {
        throw new EnvelopeError('truncated', 'parts of the message have not been opened');
      }
      signature?.verify();
    },
  };
}

interface SignatureCheck {
  begin(frames: ByteRange): void;
  /** Takes verified frames, in whatever order; what comes far too early has to come again. */
  take(part: Part, body: Bytes): Promise<void>;
  /** Throws `truncated` while a part is missing, `signature-mismatch`. */
  verify(): void;
}

function createSignatureCheck({ verifier }: OpenedMessage, curve: Curve, layout: Layout): SignatureCheck {
  const signedLength = layout.objectLength - layout.footerLength;
  const ranges = createFrameRanges();
  const hashing = createRunningHash(curve).then((hash) => createOrderedHash(hash));
  // Asked for whenever a part comes; until then its failure is nobody's.
  hashing.catch(() => {});
  let digest: Bytes | undefined;
  let footer: Bytes | undefined;

  return {
    begin: ranges.begin,

    async take({ frames, object }, body) {
      const signed = body.subarray(0, Math.min(body.length, signedLength - object.start));
      // Whoever signs has the key, and could have sealed a frame twice.
      const fingerprint = new Uint8Array(await subtle().digest('SHA-256', body));
      if (!ranges.settle(frames, fingerprint)) {
        throw new EnvelopeError('tag-mismatch', 'a part of the message came in two versions');
      }
      if (object.end === layout.objectLength) footer = body.slice(signed.length);
      if (signed.length === signedLength) {
        digest ??= await digestOf(curve, signed);
        return;
      }
      const hash = await hashing;
      hash.add(object.start, signed);
      if (hash.reached() === signedLength) digest ??= hash.digest();
    },

    verify() {
      if (!digest || !footer) {
        throw new EnvelopeError(
          'truncated',
          'parts came too early for the signature; open them again in order',
        );
      }
      verifier?.verify(parseAll(footerParsing(), footer), digest);
    },
  };
}

/** The layout of a message, found from its header, its length and, if it is given, its tail. Throws as above. */
export function layoutOf(header: MessageHeader, objectLength: number, tail?: Bytes): Layout {
  const { bytes, suite, framed, frameLength } = header;
  const facts = {
    headerLength: bytes.length,
    footerLength: suite.curve ? footerBytes(suite.curve, tail) : 0,
  };
  return framed ? layOutObject({ ...facts, frameLength }, objectLength) : layOutUnframed(facts, objectLength);
}

function footerBytes(curve: Curve, tail: Bytes | undefined): number {
  if (!tail) return footerLength(curve);
  const measured = measureFooter(tail);
  if (measured === undefined) throw new EnvelopeError('truncated', 'the message ends without a signature');
  return measured;
}

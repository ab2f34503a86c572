import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { PieceKind, PieceName } from './content.ts';
import type { MessageHeader } from './header.ts';
import { maxUnframedBytes } from './layout.ts';
import { readUint16, readUint32, readUint64 } from './numbers.ts';
import type { Parsing } from './parsing.ts';
import { ivBytes, tagBytes } from './suite.ts';

/** A frame, or the whole of a body without frames, as it lies in the message. */
export interface Piece extends PieceName {
  readonly iv: Bytes;
  /** Ciphertext and tag. */
  readonly sealed: Bytes;
  readonly plaintextLength: number;
  /** The piece from its first byte to its last. */
  readonly bytes: Bytes;
}

const finalMarker = 0xffffffff;

/**
 * Reads the piece of a number (data-format/message-body.md), not copying it. Throws `frame-invalid` for another
 * number or a last frame that is too long, `limit-exceeded` above `maxPlaintextBytes`.
 */
export function* pieceParsing(
  { framed, frameLength }: Pick<MessageHeader, 'framed' | 'frameLength'>,
  sequenceNumber: number,
  maxPlaintextBytes = Number.POSITIVE_INFINITY,
): Parsing<Piece> {
  function* rest(kind: PieceKind, ivAt: number, contentAt: number, plaintextLength: number): Parsing<Piece> {
    if (plaintextLength > maxPlaintextBytes) {
      throw new EnvelopeError('limit-exceeded', 'a frame is larger than this reader takes', {
        details: { what: 'bytes in one frame', limit: maxPlaintextBytes, plaintextLength },
      });
    }
    const end = contentAt + plaintextLength + tagBytes;
    const bytes = yield end;
    return {
      kind,
      sequenceNumber,
      iv: bytes.subarray(ivAt, ivAt + ivBytes),
      sealed: bytes.subarray(contentAt, end),
      plaintextLength,
      bytes: bytes.subarray(0, end),
    };
  }

  if (!framed) {
    const length = readUint64(yield ivBytes + 8, ivBytes);
    if (length > maxUnframedBytes) throw invalid('the body claims more than AES-GCM holds', 1);
    return yield* rest('single', 0, ivBytes + 8, length);
  }
  const first = readUint32(yield 4);
  if (first !== finalMarker) {
    if (first !== sequenceNumber) throw misnumbered(first, sequenceNumber);
    return yield* rest('regular', 4, 4 + ivBytes, frameLength);
  }
  const head = yield 4 + 4 + ivBytes + 4;
  const number = readUint32(head, 4);
  if (number !== sequenceNumber) throw misnumbered(number, sequenceNumber);
  const length = readUint32(head, 8 + ivBytes);
  if (length > frameLength) throw invalid('the last frame is longer than a frame', sequenceNumber);
  return yield* rest('final', 8, 12 + ivBytes, length);
}

/** Behind the last piece of a signed message: the DER of its signature. */
export function* footerParsing(): Parsing<Bytes> {
  const end = 2 + readUint16(yield 2);
  return (yield end).subarray(2, end);
}

/**
 * How long the footer of a signed message is, told from the message's last bytes: it begins with its own length,
 * and DER with its own again. Undefined if nothing there looks like one.
 */
export function measureFooter(tail: Bytes): number | undefined {
  for (let at = tail.length - 4; at >= 0; at--) {
    const rest = tail.length - at;
    if (readUint16(tail, at) === rest - 2 && tail[at + 2] === 0x30 && tail[at + 3] === rest - 4) return rest;
  }
  return undefined;
}

function misnumbered(found: number, expected: number): EnvelopeError {
  return new EnvelopeError('frame-invalid', `frame ${found} stands in the place of frame ${expected}`, {
    details: { frame: expected, found },
  });
}

function invalid(message: string, frame: number): EnvelopeError {
  return new EnvelopeError('frame-invalid', message, { details: { frame } });
}

import { EnvelopeError } from '../errors.ts';
import type { ByteRange } from '../object.ts';
import { ivBytes, tagBytes } from './suite.ts';

/** Where a message's plaintext lies in it: a header, frames of one length, a shorter last one, a footer. */
export interface Layout {
  readonly headerLength: number;
  /** Bytes of plaintext in every frame but the last. */
  readonly frameLength: number;
  /** At least 1: an empty message has an empty last frame. */
  readonly frames: number;
  readonly plaintextLength: number;
  readonly footerLength: number;
  readonly objectLength: number;
}

/** What the length of a message follows from, beside that of its plaintext. */
export type LayoutFacts = Pick<Layout, 'headerLength' | 'frameLength' | 'footerLength'>;

/** Sequence number, IV and tag. */
export const regularOverhead = 4 + ivBytes + tagBytes;
/** Marker, sequence number, IV, length and tag. */
export const finalOverhead = 4 + 4 + ivBytes + 4 + tagBytes;
/** IV, length and tag of a body without frames. */
const singleOverhead = ivBytes + 8 + tagBytes;

/** 0xFFFFFFFF marks the last frame, whose own number cannot be larger. */
export const maxFrames = 2 ** 32 - 1;
const maxFrameLength = 2 ** 32 - 1;
/** Of a body without frames: what one AES-GCM message holds. */
export const maxUnframedBytes = 2 ** 36 - 32;

/**
 * Plaintext of one frame, or of a body without frames: what every platform's AES-GCM takes at once with its tag. Node
 * takes less than 2 GiB, Chromium 2 MiB less than that.
 */
export const maxPieceBytes = 2 ** 31 - 2 ** 21 - tagBytes;

/** Throws `too-large` for more than one call of WebCrypto takes, which would say no more than that it failed. */
export function checkPieceLength(plaintextLength: number): void {
  if (plaintextLength > maxPieceBytes) {
    throw new EnvelopeError('too-large', 'AES-GCM of this platform does not take such a frame at once', {
      details: { frameBytes: plaintextLength, limit: maxPieceBytes },
    });
  }
}

/** Throws `bad-argument`. */
export function checkFrameLength(frameLength: number): void {
  if (!Number.isInteger(frameLength) || frameLength < 1 || frameLength > maxFrameLength) {
    throw new EnvelopeError('bad-argument', 'a frame has 1 to 4,294,967,295 bytes', {
      details: { frameLength },
    });
  }
}

/** Throws `bad-argument`, or `too-large` for more frames than can be numbered, or frames that no call seals. */
export function layOut(facts: LayoutFacts, plaintextLength: number): Layout {
  if (!Number.isSafeInteger(plaintextLength) || plaintextLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of the plaintext must be a whole number of bytes');
  }
  const { headerLength, frameLength, footerLength } = facts;
  checkPieceLength(Math.min(frameLength, plaintextLength));
  const frames = Math.max(1, Math.ceil(plaintextLength / frameLength));
  const objectLength =
    headerLength + plaintextLength + regularOverhead * (frames - 1) + finalOverhead + footerLength;
  if (frames > maxFrames || !Number.isSafeInteger(objectLength)) {
    throw new EnvelopeError('too-large', 'a message has at most 4,294,967,295 frames', {
      details: { plaintextLength, frameLength, maxPlaintextBytes: maxFrames * frameLength },
    });
  }
  return { headerLength, frameLength, frames, plaintextLength, footerLength, objectLength };
}

/**
 * The layout of a message of so many bytes. Throws `truncated` where there is no room for a last frame,
 * `length-mismatch` where no plaintext leads to this length.
 */
export function layOutObject(facts: LayoutFacts, objectLength: number): Layout {
  checkObjectLength(objectLength);
  const { headerLength, frameLength, footerLength } = facts;
  const room = objectLength - headerLength - finalOverhead - footerLength;
  if (room < 0) throw tooShort(objectLength);
  const regular = Math.floor(room / (frameLength + regularOverhead));
  const last = room - regular * (frameLength + regularOverhead);
  if (last > frameLength || regular + 1 > maxFrames) {
    throw new EnvelopeError('length-mismatch', 'no message of these frames has this length', {
      details: { objectLength, frameLength },
    });
  }
  const plaintextLength = regular * frameLength + last;
  // A full frame and an empty last one after it are allowed, and not what `layOut` makes of that length.
  return { headerLength, frameLength, frames: regular + 1, plaintextLength, footerLength, objectLength };
}

/** As `layOutObject`, for a body without frames: one piece, in which nothing can be opened alone. */
export function layOutUnframed(
  { headerLength, footerLength }: Omit<LayoutFacts, 'frameLength'>,
  objectLength: number,
): Layout {
  checkObjectLength(objectLength);
  const plaintextLength = objectLength - headerLength - singleOverhead - footerLength;
  if (plaintextLength < 0) throw tooShort(objectLength);
  const frameLength = Math.max(1, plaintextLength);
  return { headerLength, frameLength, frames: 1, plaintextLength, footerLength, objectLength };
}

/** The frames that a plaintext range is made of, counted from 0, `end` excluded. */
export function framesOf(layout: Layout, { start, end }: ByteRange): ByteRange {
  const { frameLength, plaintextLength, frames } = layout;
  const whole = (offset: number) => offset % frameLength === 0 || offset === plaintextLength;
  const inside =
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end <= plaintextLength;
  const nonEmpty = start < end || plaintextLength === 0;
  if (!inside || !nonEmpty || start % frameLength !== 0 || !whole(end)) {
    throw new EnvelopeError('bad-argument', 'a range must be made of whole frames of the message', {
      details: { start, end, frameLength, plaintextLength },
    });
  }
  return { start: start / frameLength, end: end === plaintextLength ? frames : end / frameLength };
}

/** Where frames begin and end in the message; the header and the footer belong to the first and the last. */
export function objectRangeOf(layout: Layout, range: ByteRange): ByteRange {
  const { start, end } = framesOf(layout, range);
  const { headerLength, frameLength, frames, objectLength } = layout;
  const offset = (frame: number) => headerLength + frame * (frameLength + regularOverhead);
  return {
    start: start === 0 ? 0 : offset(start),
    end: end === frames ? objectLength : offset(end),
  };
}

function checkObjectLength(objectLength: number): void {
  if (!Number.isSafeInteger(objectLength) || objectLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of an object must be a whole number of bytes');
  }
}

function tooShort(objectLength: number): EnvelopeError {
  return new EnvelopeError('truncated', 'the object is shorter than its header and last frame', {
    details: { objectLength },
  });
}

/** Messages that fit in memory. */
import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { freeMemory } from '../memory.ts';
import { encryptMessage } from './encrypt.ts';
import { type HeaderLimits, headerParsing } from './header.ts';
import { forEachFrame } from './lanes.ts';
import { regularOverhead } from './layout.ts';
import type { MessageFacts } from './message.ts';
import { parseAll } from './parsing.ts';
import { footerParsing, type Piece, pieceParsing } from './piece.ts';
import type { SealOptions } from './sealer.ts';
import { digestOf } from './signature.ts';
import { openHeader, type UnlockOptions } from './unlock.ts';

export interface DecryptOptions extends UnlockOptions, HeaderLimits {}

export interface DecryptedMessage extends MessageFacts {
  readonly plaintext: Bytes;
}

/** The whole message. Rejects as `encryptMessage` does. */
export async function encrypt(plaintext: Bytes, options: SealOptions): Promise<Bytes> {
  const encryptor = await encryptMessage({ ...options, plaintextLength: plaintext.length });
  return encryptor.seal(0, plaintext);
}

/**
 * The plaintext, once all of the message is verified. Rejects as `parseHeader` and `unlockMessage` do, and with
 * `truncated`, `length-mismatch` for bytes after its end, `frame-invalid`, `tag-mismatch`, `signature-mismatch`,
 * `too-large`.
 */
export async function decrypt(message: Bytes, options: DecryptOptions): Promise<DecryptedMessage> {
  const header = parseAll(headerParsing(options), message);
  const opened = await openHeader(header, options);
  const { suite, frameLength } = header;
  const bodyStart = header.bytes.length;
  const pieceAt = (index: number): Piece => {
    const at = bodyStart + index * (frameLength + regularOverhead);
    return parseAll(pieceParsing(header, index + 1), message.subarray(at));
  };

  let last = pieceAt(0);
  let count = 1;
  while (last.kind === 'regular') last = pieceAt(count++);
  const plaintextLength = (count - 1) * frameLength + last.plaintextLength;
  const bodyEnd = bodyStart + (count - 1) * (frameLength + regularOverhead) + last.bytes.length;
  const rest = message.subarray(bodyEnd);
  const signature = suite.curve && parseAll(footerParsing(), rest);
  const trailing = rest.length - (signature ? 2 + signature.length : 0);
  if (trailing > 0) throw trailingBytes(trailing);

  const plaintext = new Uint8Array(plaintextLength);
  try {
    await forEachFrame(count, async (index) => {
      const piece = await opened.openPiece(pieceAt(index));
      plaintext.set(piece, index * frameLength);
      freeMemory(piece);
    });
    if (suite.curve && signature) {
      opened.verifier?.verify(signature, await digestOf(suite.curve, message.subarray(0, bodyEnd)));
    }
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
  return { plaintext, suite: suite.id, encryptionContext: opened.encryptionContext };
}

export function trailingBytes(trailing: number): EnvelopeError {
  return new EnvelopeError('length-mismatch', 'there are bytes after the end of the message', {
    details: { trailing },
  });
}

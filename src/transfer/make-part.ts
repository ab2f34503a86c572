/** Parts of uploads, sealed, digested and ready to leave. */
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { leaveMemory, whereNow, withRoom } from '../core/memory.ts';
import type { ByteRange, ObjectEncryptor } from '../core/object.ts';
import { createSlots } from '../core/slots.ts';
import { canBuildLargeBodies, openLargeBody } from '../store/large-body.ts';
import type { Body } from '../store/store.ts';
import { largestInMemory, piecesOf, slotsFor } from './plan.ts';

export interface MadePart {
  readonly sha256: Bytes;
  /** Where it is now; undefined where a thread that had it is gone, or where only its digest was wanted. */
  body(): Body | undefined;
  leave(): Promise<void>;
}

export interface MakePartRequest {
  /** All of the upload's, of one size but the last. */
  readonly parts: readonly ByteRange[];
  readonly read: (range: ByteRange) => Promise<Bytes>;
  readonly encryptor: ObjectEncryptor;
}

export interface MakePartOptions {
  readonly signal: AbortSignal;
  readonly use: 'kept' | 'digested';
}

/**
 * Parts are sealed and digested one at a time, of all uploads: the first is on its way soonest, and the others
 * follow. In turn, so an upload's last part, which waits for its others, comes after them.
 */
const sealing = createSlots(1);
/** So do all parts of uploads that have some on disk: other uploads' parts wait for none of these. */
const building = createSlots(1);

/** Reads a part and seals it, in memory, or on disk where it is too large for that and the browser lets us. */
export function makePart(
  request: MakePartRequest,
  range: ByteRange,
  options: MakePartOptions,
): Promise<MadePart> {
  const { signal } = options;
  const [first = range] = request.parts;
  if (!isBuiltOnDisk(first)) return sealPart(request, range, signal);
  const make = () => (isBuiltOnDisk(range) ? buildPart : sealPart)(request, range, signal, options.use);
  return building.run(make, signal);
}

/** How many of so many slots a part takes: of those on disk, one is built while another leaves. */
export function slotsOf(range: ByteRange, slots: number): number {
  return isBuiltOnDisk(range) ? Math.ceil(slots / 2) : slotsFor(lengthOf(range), slots);
}

function isBuiltOnDisk(range: ByteRange): boolean {
  return lengthOf(range) > largestInMemory && canBuildLargeBodies();
}

async function sealPart(
  { read, encryptor }: MakePartRequest,
  range: ByteRange,
  signal: AbortSignal,
): Promise<MadePart> {
  const bytes = await unlessAborted(read(range), signal);
  return sealing.run(async () => {
    const body = await unlessAborted(encryptor.seal(range.start, bytes, withRoom(bytes)), signal);
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    return {
      sha256,
      body() {
        const now = whereNow(body);
        // What is sealed is never empty.
        return now.length > 0 ? now : undefined;
      },
      leave: async () => leaveMemory(body),
    };
  }, signal);
}

async function buildPart(
  { read, encryptor }: MakePartRequest,
  range: ByteRange,
  signal: AbortSignal,
  use: MakePartOptions['use'],
): Promise<MadePart> {
  const large = openLargeBody(lengthOf(encryptor.objectRange(range)), use);
  try {
    for (const piece of piecesOf(range, encryptor.granularity)) {
      const bytes = await unlessAborted(read(piece), signal);
      await large.append(await unlessAborted(encryptor.seal(piece.start, bytes, withRoom(bytes)), signal));
    }
    const { file, sha256 } = await large.finish();
    return { sha256, body: () => file, leave: large.discard };
  } catch (error) {
    await large.discard();
    throw error;
  }
}

/** A stream may be slow to come, and the last range waits for the others inside `seal`: neither must wait for ever. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(
        new EnvelopeError('cancelled', 'cancelled while a part was made ready', { cause: signal.reason }),
      );
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export function lengthOf({ start, end }: ByteRange): number {
  return end - start;
}

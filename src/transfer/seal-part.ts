/** Parts of uploads, sealed, digested and ready to leave. */
import type { Bytes } from '../core/bytes.ts';
import { leaveMemory, whereNow, withRoom } from '../core/memory.ts';
import type { ByteRange, ObjectEncryptor } from '../core/object.ts';
import { createSlots } from '../core/slots.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { Body } from '../store/body.ts';
import { slotsFor } from './plan.ts';

export interface SealedPart {
  readonly sha256: Bytes;
  /** Where it is now; undefined where a thread that had it is gone, or where only its digest was wanted. */
  body(): Body | undefined;
  leave(): Promise<void>;
}

export interface SealPartRequest {
  /** All of the upload's, of one size but the last. */
  readonly parts: readonly ByteRange[];
  readonly read: (range: ByteRange) => Promise<Bytes>;
  readonly encryptor: ObjectEncryptor;
}

export interface SealPartOptions {
  readonly signal: AbortSignal;
  readonly use: 'kept' | 'digested';
}

/** How parts are made ready: in memory, or as `build-part.ts` does. */
export interface PartMaker {
  /** Reads a part and seals it. */
  make(request: SealPartRequest, range: ByteRange, options: SealPartOptions): Promise<SealedPart>;
  /** How many of so many slots it takes. */
  slotsOf(range: ByteRange, slots: number): number;
}

/**
 * Parts are sealed and digested one at a time, of all uploads: the first is on its way soonest, and the others
 * follow. In turn, so an upload's last part, which waits for its others, comes after them.
 */
const sealing = createSlots(1);

export const inMemory: PartMaker = {
  async make({ read, encryptor }, range, { signal }) {
    // A stream may be slow to come, and the last range waits for the others inside `seal`: neither must wait for ever.
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
  },
  slotsOf: (range, slots) => slotsFor(lengthOf(range), slots),
};

export function lengthOf({ start, end }: ByteRange): number {
  return end - start;
}

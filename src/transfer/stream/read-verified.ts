import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { leaveMemory } from '../../core/memory.ts';
import type { ByteRange, ObjectDecryptor } from '../../core/object.ts';
import type { Slots } from '../../core/slots.ts';
import type { ObjectHead, ReadableStore } from '../../store/store.ts';
import { withRetry } from '../retry.ts';

export interface VerifiedSource {
  readonly store: Pick<ReadableStore, 'read'>;
  readonly head: ObjectHead;
  /** One that verifies by `range`. */
  readonly decryptor: ObjectDecryptor;
  readonly slots: Slots;
  readonly onOffline?: ((offline: boolean) => void) | undefined;
}

export interface Pace {
  /** Bytes that are asked of the store at once, or one frame if that is more. */
  readonly rangeBytes: number;
  /** Ranges that are fetched before they are wanted. */
  readonly ahead: number;
}

/** Bytes of the largest record. */
const longestRecord = 1024 ** 2;

/**
 * The plaintext of any range, in order, in records of at most 1 MiB in memory of their own. Fetches only the frames
 * that the range touches, each as it comes near, and yields no byte of a frame that is not verified. A request that
 * fails is repeated from the frame it began with, and nothing is yielded twice. Throws `bad-argument` for an object
 * whose ranges cannot be verified alone.
 */
export async function* readVerified(
  { store, head, decryptor, slots, onOffline }: VerifiedSource,
  wanted: ByteRange,
  { rangeBytes, ahead }: Pace,
  outer: AbortSignal,
): AsyncGenerator<Bytes, void> {
  if (decryptor.verifies !== 'range') {
    throw new EnvelopeError('bad-argument', 'no part of this object is verified before all of it is');
  }
  const enough = new AbortController();
  const signal = AbortSignal.any([outer, enough.signal]);

  async function fetchRange(range: ByteRange): Promise<{ range: ByteRange; plaintext: Bytes }> {
    const body = await withRetry(
      () => store.read(head.key, decryptor.objectRange(range), { etag: head.etag, signal }),
      { signal, ...(onOffline && { onOffline }) },
    );
    const plaintext = await decryptor.open(range.start, body, body);
    if (plaintext.length !== range.end - range.start) {
      throw new EnvelopeError('length-mismatch', 'a range opened to another length');
    }
    return { range, plaintext };
  }

  const remaining = framesAround(wanted, decryptor, rangeBytes);
  const coming: ReturnType<typeof fetchRange>[] = [];
  const fetchNext = () => {
    const { value: range } = remaining.next();
    if (!range) return;
    const arriving = slots.run(() => fetchRange(range), signal);
    // Until it is its turn, its failure is nobody's.
    arriving.catch(() => {});
    coming.push(arriving);
  };

  try {
    for (let count = 0; count <= ahead; count++) fetchNext();
    for (let next = coming.shift(); next; next = coming.shift()) {
      const { range, plaintext } = await next;
      fetchNext();
      const end = Math.min(wanted.end, range.end) - range.start;
      let at = Math.max(wanted.start, range.start) - range.start;
      for (; at < end; at += longestRecord) yield plaintext.slice(at, Math.min(end, at + longestRecord));
      leaveMemory(plaintext);
    }
  } finally {
    enough.abort();
  }
}

/** Ranges of whole frames that hold all of `wanted`, in order. */
function* framesAround(
  { start, end }: ByteRange,
  { granularity, plaintextLength }: ObjectDecryptor,
  rangeBytes: number,
): Generator<ByteRange, undefined> {
  const step = Math.ceil(rangeBytes / granularity) * granularity;
  const last = Math.min(plaintextLength, Math.ceil(end / granularity) * granularity);
  let at = Math.floor(start / granularity) * granularity;
  for (; at < end; at += step) yield { start: at, end: Math.min(last, at + step) };
  return undefined;
}

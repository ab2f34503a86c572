import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange, ObjectDecryptor } from '../core/object.ts';
import { createSlots } from '../core/slots.ts';
import { createUnverifiedBody, inOrder } from '../lib/body.ts';
import { lengthOfCbc, within } from '../lib/plaintext-range.ts';
import { downloadObject } from '../transfer/download.ts';
import { planRanges } from '../transfer/plan.ts';
import { withRetry } from '../transfer/retry.ts';
import type { Sink } from '../transfer/sinks/sink.ts';
import { type Output, pour } from './output.ts';
import type { Progress } from './progress.ts';
import type { SealedSource } from './sealed-source.ts';
import { chunksOfStream } from './streams.ts';
import type { Unlocked } from './unlock.ts';

export interface Delivery {
  readonly source: SealedSource;
  readonly unlocked: Unlocked;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Of the plaintext. */
  readonly range?: ByteRange | undefined;
  /** Whether a range may be handed over that nothing verifies. */
  readonly allowUnverifiedRange?: boolean | undefined;
}

/** Ranges of 8 MiB on their way at once. */
const lanes = 4;

/**
 * Opens all of it, or a range. Verified bytes alone reach the output: what verifies range by range goes straight to a
 * pipe, what is verified as a whole is staged until it has been. What cannot be verified takes a choice of the
 * user's (`legacy-not-allowed`).
 */
export async function deliver(delivery: Delivery): Promise<void> {
  const { unlocked, range, allowUnverifiedRange, output } = delivery;
  const { decryptor } = unlocked;
  if (!decryptor || (range && allowUnverifiedRange && unlocked.unverified)) {
    return pour(await unverified(delivery), await output.inOrder());
  }
  const { plaintextLength, verifies } = decryptor;
  const wanted = range && within(range, plaintextLength);
  if (verifies === 'range' && (wanted || output.kind === 'pipe')) {
    const all = { start: 0, end: plaintextLength };
    return pour(verifiedInOrder(delivery, decryptor, wanted ?? all), await output.inOrder());
  }
  const sink = await output.anyOrder();
  await download(delivery, decryptor, wanted ? onlyRange(sink, wanted) : sink);
}

function download(
  { source, signal, progress }: Delivery,
  decryptor: ObjectDecryptor,
  sink: Sink,
): Promise<void> {
  const nothing = () => {};
  return downloadObject({
    ...{ store: source.store, head: source.head, decryptor, sink, lanes, signal },
    slots: createSlots(lanes),
    onReceived: (bytes) => progress.at(bytes, source.head.size),
    onVerifying: nothing,
    onSaving: nothing,
    onOffline: nothing,
  });
}

async function* verifiedInOrder(
  { source: { head, store }, signal, progress }: Delivery,
  decryptor: ObjectDecryptor,
  wanted: ByteRange,
): AsyncGenerator<Bytes> {
  const { needed, isAll } = rangesAround(wanted, decryptor);
  let received = 0;
  const pieces = inOrder(needed, lanes, async (part) => {
    const body = await withRetry(
      () => store.read(head.key, decryptor.objectRange(part), { etag: head.etag, signal }),
      { signal },
    );
    received += body.length;
    progress.at(received, head.size);
    const plaintext = await decryptor.open(part.start, body);
    return plaintext.subarray(Math.max(0, wanted.start - part.start), wanted.end - part.start);
  });
  yield* pieces;
  if (isAll) await decryptor.verify();
}

/** The ranges to read for a wanted one, the last one for a wanted one of no bytes. */
export function rangesAround(
  wanted: ByteRange,
  {
    plaintextLength,
    granularity,
    objectLength,
  }: Pick<ObjectDecryptor, 'plaintextLength' | 'granularity' | 'objectLength'>,
): { readonly needed: readonly ByteRange[]; readonly isAll: boolean } {
  const all = planRanges(plaintextLength, granularity, objectLength);
  const around = all.filter(({ start, end }) => end > wanted.start && start < wanted.end);
  const needed = around.length > 0 ? around : all.slice(-1);
  return { needed, isAll: needed.length === all.length };
}

/** Hands on what of the whole is in the range, once the whole has been verified. */
function onlyRange(sink: Sink, { start, end }: ByteRange): Sink {
  return {
    async write(position, bytes) {
      const from = Math.max(0, start - position);
      const to = Math.min(bytes.length, end - position);
      if (from < to) await sink.write(position + from - start, bytes.subarray(from, to));
    },
    deliver: () => sink.deliver(),
    discard: () => sink.discard(),
  };
}

async function unverified(delivery: Delivery): Promise<AsyncIterable<Bytes>> {
  const { source, unlocked, signal, progress, range, allowUnverifiedRange } = delivery;
  const { store, head } = source;
  const decryptor = await unlocked.unverified?.(allowUnverifiedRange);
  if (!decryptor) throw new EnvelopeError('internal-error', 'this format has nothing that is not verified');
  const length = unlocked.decryptor
    ? decryptor.longestPlaintext
    : await lengthOfCbc(decryptor, store, { head }, signal);
  const wanted = range ? within(range, length) : { start: 0, end: length };
  const onReceived = (bytes: number) => progress.at(bytes, wanted.end - wanted.start);
  const request = { store, head, signal, concurrency: lanes, bufferSize: 0, onReceived };
  return chunksOfStream(createUnverifiedBody(request, decryptor, wanted).transformToWebStream());
}

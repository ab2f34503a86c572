import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import type { ByteRange, ObjectDecryptor } from '../core/object.ts';
import type { Slots } from '../core/slots.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { isPassing } from '../store/passing.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import type { DownloadRequest } from './download-request.ts';
import { createFetching, type Fetching } from './fetching.ts';
import { headOf } from './find-object.ts';
import { inLanes } from './lanes.ts';
import { openFile } from './objects.ts';
import { createRangeMac, type RangeMac } from './range-mac.ts';
import { withRetry } from './retry.ts';
import type { Ledger, Sink } from './sinks/sink.ts';

/** One file in what is delivered. */
export interface DeliveredFile {
  readonly request: DownloadRequest;
  /** Where its first byte goes. */
  readonly at: number;
  /** Sees every range before it is written, in any order, some perhaps twice. */
  readonly see?: (start: number, plaintext: Bytes) => Promise<void>;
  /** Every byte of it is there and is what was sealed. */
  readonly onVerified?: (head: ObjectHead) => void;
}

export interface DeliveryRequest {
  readonly store: ReadableStore;
  readonly sink: Sink;
  readonly slots: Slots;
  readonly files: readonly DeliveredFile[];
  /** Bytes of all that is delivered. */
  readonly size: number;
  readonly archive: boolean;
  /** Writes what belongs to no file, once all are verified. */
  readonly complete?: (sink: Sink) => Promise<void>;
}

/** Where a delivery stands; each is told of as it begins. */
export interface DeliveryHooks {
  readonly onChecking: () => void;
  readonly onFetching: () => void;
  readonly onVerifying: () => void;
  readonly onSaving: () => void;
  /** Bytes of the files that are here. */
  readonly onReceived: (bytes: number) => void;
  readonly onOffline: (offline: boolean) => void;
}

export interface Delivery {
  /**
   * Fetches what is missing, verifies, delivers. Once it has rejected it may be called again: what has been
   * written is not fetched again.
   */
  run(signal: AbortSignal, hooks: DeliveryHooks): Promise<void>;
  /** Whether a later page can go on with what it has. */
  readonly outlivesPage: boolean;
  /** Of an archive: the file that `run` last failed over, if it was one. */
  culprit(): DownloadRequest | undefined;
  /** Of no use any more; nothing is left. */
  discard(): Promise<void>;
}

interface OpenedFile {
  readonly head: ObjectHead;
  readonly fetching: Fetching;
}

/** Files opened and fetched beside each other; what is in memory at once is bounded by the slots. */
const filesAtOnce = 4;

/** Files on their way into one sink, which delivers them when each has been verified to its end. */
export function createDelivery(request: DeliveryRequest): Delivery {
  const { store, sink, slots, files, size, archive, complete } = request;
  const missing = new Set(files.keys());
  const opened = new Map<number, OpenedFile>();
  let received = 0;
  let culprit: DownloadRequest | undefined;
  let hooks: DeliveryHooks;

  function count(bytes: number): void {
    received += bytes;
    hooks.onReceived(received);
  }

  async function open(index: number, file: DeliveredFile, signal: AbortSignal): Promise<OpenedFile> {
    const { request, at, see } = file;
    const { onOffline } = hooks;
    const { head, decryptor, mac } = await withRetry(() => openObject(store, request, signal), {
      signal,
      onOffline,
    });
    let soFar = 0;
    const { ledger } = sink;
    await ledger?.begin({
      size,
      archive,
      keys: files.map(({ request }) => request.key),
    });
    const rangeMac = ledger && decryptor.recall && (await mac());
    const fetching = createFetching({
      store,
      head,
      decryptor,
      slots,
      async write(start, plaintext) {
        await see?.(start, plaintext);
        if (plaintext.length === 0) return;
        const note = rangeMac && {
          object: index,
          start,
          end: start + plaintext.length,
          mac: await rangeMac.of(start, plaintext),
        };
        await sink.write(at + start, plaintext);
        if (note) await ledger?.note(note);
      },
      recall: ledger && rangeMac && recallFrom(ledger, index, at, rangeMac, see),
      onFetching: () => hooks.onFetching(),
      onReceived(bytes) {
        // The body is somewhat longer than the file.
        const here = Math.min(bytes, request.size);
        count(here - soFar);
        soFar = here;
      },
      onVerifying: () => missing.size === 1 && hooks.onVerifying(),
      onOffline: (offline) => hooks.onOffline(offline),
    });
    return { head, fetching };
  }

  async function fetchFile(index: number, signal: AbortSignal): Promise<void> {
    const file = files[index];
    if (!file) return;
    try {
      const known = opened.get(index) ?? (await open(index, file, signal));
      opened.set(index, known);
      await known.fetching.run(signal);
      file.onVerified?.(known.head);
      missing.delete(index);
      opened.delete(index);
    } catch (error) {
      if (archive && !signal.aborted && isOfFile(error)) culprit = file.request;
      throw error;
    }
  }

  return {
    async run(signal, told) {
      hooks = told;
      culprit = undefined;
      throwIfAborted(signal);
      if (sink.ledger?.found.length) hooks.onChecking();
      await inLanes([...missing], filesAtOnce, signal, fetchFile);
      throwIfAborted(signal);
      hooks.onVerifying();
      await complete?.(sink);
      throwIfAborted(signal);
      hooks.onSaving();
      await sink.deliver();
    },
    outlivesPage: sink.ledger !== undefined,
    culprit: () => culprit,
    discard: () => sink.discard(),
  };
}

/** Network and device fail whichever file is under way. */
function isOfFile(error: unknown): boolean {
  return !(error instanceof EnvelopeError && (isPassing(error) || error.family === 'device'));
}

/** What an earlier page has staged of an object, where it is what this object opens to. */
function recallFrom(
  ledger: Ledger,
  object: number,
  at: number,
  rangeMac: RangeMac,
  see: DeliveredFile['see'],
) {
  const found = new Map(
    ledger.found
      .filter((range) => range.object === object)
      .map(({ start, end, mac }) => [`${start} ${end}`, mac] as const),
  );
  return async ({ start, end }: ByteRange): Promise<Bytes | undefined> => {
    const mac = found.get(`${start} ${end}`);
    if (mac === undefined) return undefined;
    const plaintext = await ledger.read(at + start, end - start);
    if (!(await rangeMac.fits(start, plaintext, mac))) return undefined;
    await see?.(start, plaintext);
    return plaintext;
  };
}

/**
 * Looks the object up and opens it. Rejects with `object-changed` for another one than was looked at before, with
 * `length-mismatch` for one that is not as long as was asked for.
 */
export async function openObject(
  store: ReadableStore,
  { key, size, etag, keyring }: DownloadRequest,
  signal: AbortSignal,
): Promise<{ head: ObjectHead; decryptor: ObjectDecryptor; mac: () => Promise<RangeMac> }> {
  const head = await headOf(store, { key, etag }, signal);
  const { decryptor, dataKey } = await unlessAborted(openFile(store, head, keyring, signal), signal);
  if (decryptor.plaintextLength !== size) {
    throw new EnvelopeError('length-mismatch', 'the object is not as long as the file that was stored', {
      details: { expected: size, got: decryptor.plaintextLength },
    });
  }
  const mac = async () => {
    const key = dataKey();
    try {
      return await createRangeMac(key, head.etag);
    } finally {
      key.fill(0);
    }
  };
  return { head, decryptor, mac };
}

import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import { createSlots } from '../../core/slots.ts';
import type { ReadableStore } from '../../store/store.ts';
import { openObject } from '../delivery.ts';
import type { DownloadRequest } from '../download-request.ts';
import { createFetching } from '../fetching.ts';
import { withRetry } from '../retry.ts';
import { readVerified, type VerifiedSource } from '../stream/read-verified.ts';
import { connectWorker } from '../stream/worker-line.ts';
import { openCollection } from './collect.ts';
import { longestStart, type PreviewType, previewTypeOf } from './types.ts';

/** Something to look at. Only verified bytes get here. */
export type Preview = {
  /** After this nothing of it is left. */
  readonly close: () => void;
} & (
  | { readonly kind: 'image' | 'pdf'; readonly url: string }
  | {
      readonly kind: 'audio' | 'video';
      readonly url: string;
      /** Where it must be played: an empty document whose requests the service worker answers. */
      readonly frameUrl?: string;
      /** Resolves if it breaks off. Players do not tell: they wait, or take what they have for all. */
      readonly broken: Promise<EnvelopeError>;
    }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Bytes of the file that `text` shows; fewer than it has where it is long. */
      readonly shown: number;
    }
);

export interface PreviewOptions {
  readonly store: ReadableStore;
  readonly request: DownloadRequest;
  readonly signal: AbortSignal;
  /** 0 to 1, of what has to be here before anything can be shown. */
  readonly onProgress: (progress: number) => void;
  readonly onOffline: (offline: boolean) => void;
}

/** Bytes of text that are shown. */
const longestText = 1024 ** 2;

/** Bytes of a picture that is drawn by a program in it. */
const longestSvg = 8 * 1024 ** 2;

const rangesInFlight = 4;

/**
 * Opens a file to look at. One that verifies by `range` is played from the frames that the player asks for, and its
 * text is read as far as it is shown; any other is fetched and verified as a whole first.
 *
 * Rejects with `preview-unsupported` for a name of no known ending and for a file that is not what its name says,
 * else as a download does.
 */
export async function openPreview(options: PreviewOptions): Promise<Preview> {
  const { store, request, signal, onOffline } = options;
  const type = previewTypeOf(request.name);
  if (!type) throw unsupported('there is no preview for names of this ending');
  const { head, decryptor } = await withRetry(() => openObject(store, request, signal), {
    signal,
    onOffline,
  });
  const source: VerifiedSource = { store, head, decryptor, slots: createSlots(rangesInFlight), onOffline };
  if (decryptor.verifies === 'range' && request.size > 0) {
    if (type.kind === 'text') return readText(source, type, request.size, signal);
    if (type.kind === 'audio' || type.kind === 'video') {
      const played = await play(source, type, type.kind, request.size, signal);
      if (played) return played;
    }
  }
  return collectAll(source, type, options);
}

async function readText(
  source: VerifiedSource,
  type: PreviewType,
  size: number,
  signal: AbortSignal,
): Promise<Preview> {
  const shown = Math.min(size, longestText);
  const records: Uint8Array<ArrayBuffer>[] = [];
  for await (const record of readVerified(source, { start: 0, end: shown }, fewFrames, signal))
    records.push(record);
  return textOf(new Blob(records), type, size);
}

/** A frame at a time, and the next one: a player that is moved to another place has asked for nothing in vain. */
const fewFrames = { rangeBytes: 1024 ** 2, ahead: 1 };

/** Undefined where there is no service worker. */
async function play(
  source: VerifiedSource,
  type: PreviewType,
  kind: 'audio' | 'video',
  size: number,
  signal: AbortSignal,
): Promise<Preview | undefined> {
  const start = { start: 0, end: Math.min(size, longestStart) };
  for await (const record of readVerified(source, start, { ...fewFrames, ahead: 0 }, signal))
    check(type, record);
  const line = await connectWorker();
  const closed = new AbortController();
  let fail: (error: EnvelopeError) => void = () => {};
  const broken = new Promise<EnvelopeError>((resolve) => {
    fail = resolve;
  });
  const offered = await line?.offer({
    ...{ use: 'media', name: '', size, type: type.mediaType },
    async onOpen(range, outlet) {
      const over = new AbortController();
      void outlet.ended.then(() => over.abort());
      const stop = AbortSignal.any([closed.signal, over.signal]);
      try {
        for await (const record of readVerified(source, range, fewFrames, stop)) {
          await outlet.wanted(stop);
          outlet.give(record);
        }
      } catch (error) {
        if (!stop.aborted && error instanceof EnvelopeError) fail(error);
        outlet.fail();
      }
    },
  });
  if (!line || !offered) return undefined;
  const close = () => {
    closed.abort();
    offered.withdraw();
  };
  if (signal.aborted) close();
  throwIfAborted(signal);
  return { kind, url: offered.url, frameUrl: line.frameUrl, broken, close };
}

async function collectAll(
  { store, head, decryptor, slots }: VerifiedSource,
  type: PreviewType,
  { request, signal, onProgress, onOffline }: PreviewOptions,
): Promise<Preview> {
  const collection = await openCollection(request.size);
  try {
    const fetching = createFetching({
      ...{ store, head, decryptor, slots, onOffline },
      write: (position, bytes) => collection.write(position, bytes),
      onReceived: (bytes) => onProgress(Math.min(1, bytes / Math.max(1, decryptor.objectLength))),
      onVerifying: () => onProgress(1),
    });
    await fetching.run(signal);
    const blob = await collection.finish();
    const { kind, mediaType } = type;
    if (kind === 'text') {
      const preview = await textOf(blob.slice(0, longestText), type, request.size);
      await collection.discard();
      return preview;
    }
    check(type, new Uint8Array(await blob.slice(0, longestStart).arrayBuffer()));
    const typed = blob.slice(0, blob.size, mediaType);
    throwIfAborted(signal);
    const url = mediaType === 'image/svg+xml' ? await dataUrl(typed) : URL.createObjectURL(typed);
    const close = () => {
      if (!url.startsWith('data:')) URL.revokeObjectURL(url);
      void collection.discard();
    };
    return kind === 'image' || kind === 'pdf'
      ? { kind, url, close }
      : { kind, url, broken: new Promise(() => {}), close };
  } catch (error) {
    await collection.discard();
    throw error;
  }
}

async function textOf(blob: Blob, type: PreviewType, size: number): Promise<Preview> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  check(type, bytes.subarray(0, longestStart));
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  // Where more would follow, half a character at the end is left out.
  const text = new TextDecoder(encoding).decode(bytes, { stream: bytes.length < size });
  return { kind: 'text', text, shown: bytes.length, close: () => {} };
}

/**
 * A picture that may hold scripts gets an address without an origin: in an `<img>` none of them runs, and opened in a
 * tab of its own it could reach nothing of this site.
 */
function dataUrl(blob: Blob): Promise<string> {
  if (blob.size > longestSvg) throw unsupported('the drawing is too large');
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function check({ fits }: PreviewType, start: Uint8Array<ArrayBuffer>): void {
  if (!fits(start.subarray(0, longestStart))) throw unsupported('the file is not what its name says');
}

function unsupported(message: string): EnvelopeError {
  return new EnvelopeError('preview-unsupported', message);
}

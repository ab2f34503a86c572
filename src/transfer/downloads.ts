import { asEnvelopeError, EnvelopeError } from '../core/errors.ts';
import { loadPart } from '../core/load-part.ts';
import { createSlots } from '../core/slots.ts';
import { isPassing } from '../store/passing.ts';
import type { ReadableStore } from '../store/store.ts';
import type { Delivery, DeliveryRequest } from './delivery.ts';
import type { DownloadRequest } from './download-request.ts';
import { createRows } from './rows.ts';
import { safeFileName } from './safe-name.ts';
import { createShownState } from './shown-state.ts';
import { openSink } from './sinks/open-sink.ts';
import type { DownloadWay, Sink } from './sinks/sink.ts';
import type { Unfinished } from './sinks/staging.ts';
import { isAnythingStaged } from './sinks/staging-space.ts';
import { createSpeedMeter, progressOf } from './speed.ts';
import { isWorthStreaming } from './stream/worth-streaming.ts';
import { zipName } from './zip/zip-name.ts';

export type { DownloadRequest } from './download-request.ts';

/**
 * `unfinished`: begun by an earlier page. `elsewhere`: another page goes on with it. `preparing`: asking for the key and the place to save. `checking`: what
 * an earlier page has left is read again. `fetching`: bytes arrive and are unlocked. `verifying`: all are here,
 * none is delivered yet. `saving`: handed to the browser. `done`.
 */
export type DownloadState =
  | 'unfinished'
  | 'elsewhere'
  | 'preparing'
  | 'checking'
  | 'fetching'
  | 'offline'
  | 'paused'
  | 'verifying'
  | 'saving'
  | 'done'
  | 'failed'
  | 'cancelled';

export interface DownloadRow {
  readonly id: string;
  /** The request's, so that a screen shows the download on the stored file's own row; undefined for a zip. */
  readonly key?: string | undefined;
  /** Empty while an earlier page's has not been gone on with. */
  readonly name: string;
  readonly size: number;
  readonly state: DownloadState;
  /** 0 to 1; 1 only once the verified file was handed over. Of a failed one: what is kept to go on from. */
  readonly progress: number;
  readonly speed?: number;
  readonly secondsLeft?: number;
  readonly error?: EnvelopeError;
  /** Of a paused one: what it has is there for the next page. */
  readonly outlivesPage?: boolean;
  /** Of a zip: how many files go into it. */
  readonly files?: number | undefined;
  /** Of a zip that failed: the name of the file that it failed over, if it was one. */
  readonly culprit?: string;
}

export interface Downloads {
  /** Call it in the click's own turn: a save dialog needs the gesture. Returns the row's id. */
  start(file: DownloadRequest): string;
  /**
   * All of them as one zip, under their names made safe; none of it is delivered unless every file is what was
   * sealed. As `start` otherwise; where zips are likely, `loadArchive` keeps the wait out of the click's turn.
   */
  startZip(zip: ZipRequest): string;
  /** Keeps what is here. Does nothing once all of it is. */
  pause(id: string): void;
  /**
   * Goes on with what is paused, failed, cancelled or unfinished, from where it stands as far as anything was
   * kept. Call it in the click's own turn: where nothing was, a save dialog may be needed again.
   */
  resume(id: string): void;
  /** Ends it, and discards what was kept. */
  cancel(id: string): void;
  /** Takes the row away, unless it is under way; what was kept is discarded. */
  dismiss(id: string): void;
  subscribe(listener: () => void): () => void;
  snapshot(): readonly DownloadRow[];
}

export interface ZipRequest {
  /** What it is saved as, with its ending. */
  readonly name: string;
  /** Names may be paths; one that ends in a slash is a folder. */
  readonly files: readonly DownloadRequest[];
}

export interface DownloadsOptions {
  readonly store: ReadableStore;
  /** Only this way of delivery; else the best one that the browser has. */
  readonly way?: DownloadWay | undefined;
  readonly earlier?: Earlier;
}

/** Where pages that died may have left downloads to go on with. */
export interface Earlier {
  /** Whether an object is one of this page's. */
  belongs(key: string): boolean;
  /** Whether it is still there. */
  exists(key: string): Promise<boolean>;
  /** Undefined where nothing is known of it any more. */
  request(key: string, archive: boolean): Promise<DownloadRequest | undefined>;
}

/** A link's page is there sooner without what only a click needs. Rejects with `network-failed`. */
const loadDelivery = () => loadPart(import('./delivery.ts'));
/** Few downloads are too large for anything else. Rejects with `network-failed`. */
const loadStreaming = () => loadPart(import('./stream/streamed-delivery.ts'));

/** Not every page makes zips. */
export const loadArchive = () => import('./zip/archive.ts');

/** Ranges in memory at once, of all downloads together; each costs its ciphertext and its plaintext. */
const rangesInFlight = 4;

/** One download, as often as it is begun or gone on with. */
interface Job {
  readonly id: string;
  /** Asks where the bytes go, first of all: a dialog is only allowed in the click's own turn. */
  readonly open: () => Promise<Delivery | 'elsewhere'>;
  /** What an earlier page has left, until it is gone on with. */
  leftover?: Unfinished | undefined;
  /** Present once it has been begun, and as long as what it has is kept. */
  delivery?: Delivery | undefined;
  /** Present while it is under way. */
  running?: { readonly controller: AbortController; pausing: boolean } | undefined;
}

/** The downloads of a page: opens, verifies and delivers, and tells how each is doing. */
export function createDownloads({ store, way, earlier }: DownloadsOptions): Downloads {
  const rows = createRows<DownloadRow>();
  const jobs = new Map<string, Job>();
  const slots = createSlots(rangesInFlight);

  function change(id: string, changed: Partial<DownloadRow>): void {
    rows.update(id, (row) => ({ ...plain(row), ...changed }));
  }

  async function attempt(job: Job, signal: AbortSignal): Promise<void> {
    const { id } = job;
    const delivery = job.delivery ?? (await job.open());
    if (delivery === 'elsewhere') return follow(job);
    job.delivery = delivery;
    const shown = createShownState<DownloadState>('preparing', (state) => change(id, { state }));
    const meter = createSpeedMeter();
    const size = rows.get(id)?.size ?? 0;
    await delivery.run(signal, {
      onChecking: () => shown.set('checking'),
      onFetching: () => shown.set('fetching'),
      onVerifying: () => shown.set('verifying'),
      onSaving: () => shown.set('saving'),
      onReceived: (bytes) => change(id, progressOf(meter, bytes, size)),
      onOffline: shown.onOffline,
    });
    job.delivery = undefined;
    change(id, { state: 'done', progress: 1 });
  }

  async function go(job: Job): Promise<void> {
    if (job.running) return;
    const running = { controller: new AbortController(), pausing: false };
    job.running = running;
    change(job.id, { state: 'preparing' });
    try {
      await attempt(job, running.controller.signal);
    } catch (error) {
      const failure = asEnvelopeError(error);
      if (failure.code === 'cancelled' && running.pausing) {
        const outlivesPage = job.delivery?.outlivesPage ?? true;
        return change(job.id, { state: 'paused', outlivesPage });
      }
      const kept = job.delivery ?? job.leftover;
      if (failure.code !== 'cancelled' && kept && canGoOn(failure)) {
        return change(job.id, { state: 'failed', error: failure, ...culprit(job.delivery) });
      }
      const over = culprit(job.delivery);
      await discard(job);
      if (failure.code === 'cancelled') change(job.id, { state: 'cancelled', progress: 0 });
      else change(job.id, { state: 'failed', progress: 0, error: failure, ...over });
    } finally {
      job.running = undefined;
    }
  }

  /** Another page goes on with what was left, until it is done with it or gone. */
  function follow(job: Job): void {
    const { id, leftover } = job;
    change(id, { state: 'elsewhere' });
    const settle = (left: Unfinished | undefined) => {
      if (jobs.get(id) !== job) return;
      job.leftover = left;
      if (left) return change(id, { state: 'unfinished', progress: stagedOf(left) });
      jobs.delete(id);
      rows.remove(id);
    };
    leftover?.later().then(settle, () => settle(undefined));
  }

  async function giveUp(job: Job, leftover: Unfinished): Promise<void> {
    if (!(await leftover.discard())) return follow(job);
    job.leftover = undefined;
    change(job.id, { state: 'cancelled', progress: 0 });
  }

  async function discard(job: Job): Promise<void> {
    const { delivery, leftover } = job;
    job.delivery = undefined;
    job.leftover = undefined;
    await (delivery ?? leftover)?.discard();
  }

  function begin(row: Omit<DownloadRow, 'id' | 'state' | 'progress'>, open: Job['open']): string {
    const job: Job = { id: crypto.randomUUID(), open };
    jobs.set(job.id, job);
    rows.add({ ...row, id: job.id, state: 'preparing', progress: 0 });
    void go(job);
    return job.id;
  }

  const single = (request: DownloadRequest) => ({
    name: safeFileName(request.name),
    size: request.size,
    archive: false,
    files: [{ request, at: 0 }],
  });

  async function zip(name: string, requests: readonly DownloadRequest[]) {
    const { createArchive } = await loadArchive();
    return { name: safeFileName(name), archive: true, ...createArchive(requests) };
  }

  /** Rows for what earlier pages have left; what is of no use any more is swept. */
  async function findEarlier(earlier: Earlier): Promise<void> {
    if (!(await isAnythingStaged())) return;
    const { findUnfinished } = await loadPart(import('./sinks/staging.ts'));
    // One that cannot be looked at hides none of the others.
    for (const leftover of await findUnfinished()) await showEarlier(leftover, earlier).catch(() => {});
  }

  async function showEarlier(leftover: Unfinished, { belongs, exists, request }: Earlier): Promise<void> {
    const { archive, keys, size } = leftover.origin;
    if (!keys.every(belongs)) return;
    const there = await Promise.all(keys.map(exists));
    if (there.includes(false)) {
      await leftover.discard();
      return;
    }
    const id = crypto.randomUUID();
    const job: Job = {
      id,
      leftover,
      async open() {
        const requests = await Promise.all(keys.map((key) => known(request(key, archive))));
        const [first] = requests;
        const plan =
          archive || !first ? await zip(zipName(requests.map(({ name }) => name)), requests) : single(first);
        change(id, { name: plan.name });
        if (plan.size !== size) await job.leftover?.discard();
        const sink = (plan.size === size && (await job.leftover?.open(plan))) || 'gone';
        if (sink === 'held') return 'elsewhere';
        job.leftover = undefined;
        return deliver(plan, sink === 'gone' ? await openSink(plan, way) : sink);
      },
    };
    jobs.set(id, job);
    rows.add({
      ...{ id, name: '', size, state: 'unfinished', progress: stagedOf(leftover) },
      ...(archive ? { files: keys.length } : { key: keys[0] }),
    });
  }

  /** The sink is there first: a dialog is only allowed in the click's own turn. */
  async function deliver(
    plan: Omit<DeliveryRequest, 'store' | 'slots' | 'sink'>,
    sink: Sink,
  ): Promise<Delivery> {
    try {
      const { createDelivery } = await loadDelivery();
      return createDelivery({ store, sink, slots, ...plan });
    } catch (error) {
      await sink.discard();
      throw error;
    }
  }

  // What could not be looked for is found the next time.
  if (earlier) void findEarlier(earlier).catch(() => {});

  return {
    start(request) {
      const { key, name, size } = request;
      return begin({ key, name, size }, async () => {
        const plan = single(request);
        const otherwise = async () => deliver(plan, await openSink(plan, way));
        if (!(await isWorthStreaming(plan, way))) return otherwise();
        const { createStreamedDelivery } = await loadStreaming();
        return createStreamedDelivery({ store, slots, request, name: plan.name, otherwise });
      });
    },

    startZip({ name, files: requests }) {
      const size = requests.reduce((sum, request) => sum + request.size, 0);
      return begin({ name, size, files: requests.length }, async () => {
        const plan = await zip(name, requests);
        return deliver(plan, await openSink(plan, way));
      });
    },

    pause(id) {
      const { running } = jobs.get(id) ?? {};
      if (!running) return;
      running.pausing = true;
      running.controller.abort();
    },

    resume(id) {
      const job = jobs.get(id);
      const state = rows.get(id)?.state;
      if (job && state !== 'done' && state !== 'elsewhere') void go(job);
    },

    cancel(id) {
      const job = jobs.get(id);
      if (!job) return;
      if (job.running) {
        job.running.pausing = false;
        job.running.controller.abort();
      } else if (job.delivery) {
        change(id, { state: 'cancelled', progress: 0 });
        void discard(job);
      } else if (job.leftover) void giveUp(job, job.leftover);
    },

    dismiss(id) {
      const job = jobs.get(id);
      if (job?.running) return;
      if (job) void discard(job);
      jobs.delete(id);
      rows.remove(id);
    },

    subscribe: rows.subscribe,
    snapshot: rows.snapshot,
  };
}

/** 0 to 1: how much of it is there, as far as its ledger can be believed. */
function stagedOf({ ranges, origin }: Unfinished): number {
  const staged = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return Math.min(1, staged / Math.max(1, origin.size));
}

async function known(asked: Promise<DownloadRequest | undefined>): Promise<DownloadRequest> {
  const request = await asked;
  if (!request) throw new EnvelopeError('object-not-found', 'nothing is known of an object any more');
  return request;
}

/**
 * Whether what was written is still good: nothing was wrong with the object, and the device took it. Room on a
 * device that is full is better given back.
 */
function canGoOn(error: EnvelopeError): boolean {
  const { code, family } = error;
  if (code === 'object-changed' || code === 'object-not-found') return false;
  return isPassing(error) || family === 'access' || family === 'configuration';
}

/** What a zip failed over, for its row. */
function culprit(delivery: Delivery | undefined): { readonly culprit?: string } {
  const name = delivery?.culprit()?.name;
  return name === undefined ? {} : { culprit: name };
}

/** A row without what only moving bytes and failures have. */
function plain({ id, key, name, size, state, progress, files }: DownloadRow): DownloadRow {
  return { id, key, name, size, state, progress, files };
}

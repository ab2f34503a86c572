/*
 * What the page and its service worker say to each other.
 *
 * The worker answers the browser, the page fetches and unlocks: credentials and keys stay in the page, and the
 * worker sees verified plaintext alone, of whatever store and format it comes. Nothing is sent that was not asked
 * for: the browser's reader pulls on the response, the response's stream asks the page for one record, the page
 * hands one over. So a slow disk holds back the fetching, in every engine.
 */

/** Another one is refused by the worker: a page and a worker of two releases do not guess. */
export type ProtocolVersion = 1;

/** Something that the worker may answer with. Its `id` is random; who knows the URL alone gets nothing else. */
export interface Offer {
  readonly kind: 'offer';
  readonly version: ProtocolVersion;
  readonly id: string;
  /** `download`: one navigation takes it. `media`: a player asks for ranges of it, for as long as the page offers it. */
  readonly use: 'download' | 'media';
  /** What it is saved as, made safe already; empty for media. */
  readonly name: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** Of media, `audio/…` or `video/…`. */
  readonly type: string;
  /** A Web Lock that the page holds for as long as it can hand records over. */
  readonly pageLock: string;
}

/** From the page to the worker. An offer comes with a port, on which the worker says what becomes of it. */
export type ToWorker =
  | Offer
  | { readonly kind: 'withdraw'; readonly id: string }
  /** Browsers end a worker to which nothing happens. */
  | { readonly kind: 'ping' };

/** From the worker to all pages: it was started anew and knows no offers; whoever has this one makes it again. */
export interface Hello {
  readonly kind: 'hello';
  readonly id: string;
}

/** From the worker, on an offer's port. `open` comes with a port of its own, for that response's records. */
export type OfferReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'open';
      /** Bytes of plaintext, `end` excluded. */
      readonly start: number;
      readonly end: number;
      /** A Web Lock that the worker holds until the response has ended. */
      readonly workerLock: string;
    };

/** From the worker, on a response's port. */
export type RecordRequest =
  | { readonly kind: 'pull' }
  /** The browser has taken every byte. */
  | { readonly kind: 'end' }
  /** The browser wants no more of it. */
  | { readonly kind: 'cancel' };

/** From the page, on a response's port, one for each pull. */
export type RecordReply =
  | { readonly kind: 'record'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'fail' };

/**
 * The service worker: hands what the page has unlocked and verified to the browser's own downloads, and to a player
 * in the page, as they ask for it. It caches nothing and knows no other address than those below its scope.
 */
import type { Offer, OfferReply, ToWorker } from '../transfer/stream/protocol.ts';
import { downloadHeaders, frameHeaders, mediaHeaders, rangeOf, refusalHeaders } from './headers.ts';
import { createOffers, type KnownOffer } from './offers.ts';
import { createRecordStream } from './record-stream.ts';
import type { ExtendableEvent, FetchEvent, ServiceWorkerScope } from './scope.ts';

const scope = self as unknown as ServiceWorkerScope;
const { locks, userAgent } = scope.navigator;
const offers = createOffers(scope);

/**
 * Milliseconds that one event holds the worker. Longer than the page's pings are apart, so that one follows another
 * for as long as a response takes; Chromium ends a worker of which any single event lasts five minutes.
 */
const hold = 60_000;

scope.addEventListener('message', (event) => {
  const message = event.data as ToWorker;
  if (message.kind === 'ping') return keepAlive(event);
  if (message.kind === 'withdraw') return offers.remove(message.id);
  const [port] = event.ports;
  if (message.kind !== 'offer' || !port) return;
  const refused: OfferReply = { kind: 'refused' };
  if (message.version !== 1) port.postMessage(refused);
  else offers.add(message, port);
});

scope.addEventListener('fetch', (event) => event.respondWith(answer(event)));

const running = new Set<Promise<void>>();

function keepAlive(event: ExtendableEvent): void {
  event.waitUntil(Promise.race([Promise.all(running), wait(hold)]));
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const id = request.url.slice(scope.registration.scope.length).split(/[?#]/, 1)[0] ?? '';
  if (request.method !== 'GET') return refuse(405);
  if (id === 'frame') {
    if (request.destination !== 'iframe') return refuse(404);
    return new Response('<!doctype html><html lang="en"><title>Player</title><body>', {
      headers: frameHeaders,
    });
  }
  const found = await offers.take(id);
  if (!found) return refuse(404);
  const { offer } = found;
  if (offer.use === 'media') return play(event, found);
  if (request.mode !== 'navigate') return refuse(404);
  const body = await open(event, found, { start: 0, end: offer.size });
  return body ? new Response(body, { headers: downloadHeaders(offer, userAgent) }) : refuse(404);
}

/** Ranges of what the page unlocks frame by frame: 206, as far as the player reads. */
async function play(event: FetchEvent, found: KnownOffer): Promise<Response> {
  const { request } = event;
  const { offer } = found;
  if (request.destination !== 'video' && request.destination !== 'audio') return refuse(404);
  const range = rangeOf(request.headers.get('range'), offer.size);
  if (!range) return refuse(416);
  const body = await open(event, found, range);
  return body ? new Response(body, { status: 206, headers: mediaHeaders(offer, range) }) : refuse(404);
}

/** A stream of the page's records; undefined where the page is gone. */
async function open(
  event: FetchEvent,
  { offer, say }: KnownOffer,
  { start, end }: { start: number; end: number },
): Promise<ReadableStream | undefined> {
  const { port1, port2 } = new MessageChannel();
  const stream = createRecordStream(port1, end - start);
  const held = await holdUntil(stream.ended);
  if (!(await watchPage(offer, stream))) {
    stream.fail();
    return undefined;
  }
  running.add(stream.ended);
  void stream.ended.then(() => running.delete(stream.ended));
  keepAlive(event);
  say({ kind: 'open', start, end, workerLock: held }, [port2]);
  return stream.body;
}

/** Holds a Web Lock of a new name: whoever waits for it learns when this worker was ended before the response was. */
function holdUntil(ended: Promise<void>): Promise<string> {
  const name = `s3-envelope response ${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    locks
      .request(name, () => {
        resolve(name);
        return ended;
      })
      .catch(reject);
  });
}

/** Breaks the response off when the page goes away: the page's lock is free then. False where it is already. */
async function watchPage(
  { pageLock }: Offer,
  stream: { ended: Promise<void>; fail(): void },
): Promise<boolean> {
  const { held = [] } = await locks.query();
  if (!held.some(({ name }) => name === pageLock)) return false;
  const over = new AbortController();
  void stream.ended.then(() => over.abort());
  locks.request(pageLock, { signal: over.signal, mode: 'shared' }, () => stream.fail()).catch(() => {});
  return true;
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: refusalHeaders });
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

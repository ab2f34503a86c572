import type { Hello, Offer, OfferReply } from '../transfer/stream/protocol.ts';
import type { ServiceWorkerScope } from './scope.ts';

/** Milliseconds that an offer waits for the navigation that takes it. */
const offerLife = 60_000;
/** Milliseconds for a page to make an offer again to a worker that was started anew. */
const patience = 3000;

export interface KnownOffer {
  readonly offer: Offer;
  readonly say: (reply: OfferReply, transfer?: Transferable[]) => void;
}

export interface Offers {
  add(offer: Offer, port: MessagePort): void;
  remove(id: string): void;
  /** The offer of that id; a download is nobody else's from then on. Undefined where no page makes it. */
  take(id: string): Promise<KnownOffer | undefined>;
}

/** What pages have offered to this worker since it was started: each browser ends it whenever it likes. */
export function createOffers({ clients }: Pick<ServiceWorkerScope, 'clients'>): Offers {
  const known = new Map<string, KnownOffer>();
  const awaited = new Map<string, () => void>();

  async function askForIt(id: string): Promise<void> {
    const coming = new Promise<void>((resolve) => {
      awaited.set(id, resolve);
      setTimeout(resolve, patience);
    });
    const hello: Hello = { kind: 'hello', id };
    const pages = await clients.matchAll({ includeUncontrolled: true, type: 'window' });
    for (const page of pages) page.postMessage(hello);
    if (pages.length > 0) await coming;
    awaited.delete(id);
  }

  return {
    add(offer, port) {
      const say: KnownOffer['say'] = (reply, transfer = []) => port.postMessage(reply, transfer);
      known.set(offer.id, { offer, say });
      if (offer.use === 'download') setTimeout(() => known.delete(offer.id), offerLife);
      awaited.get(offer.id)?.();
      say({ kind: 'ready' });
    },
    remove(id) {
      known.delete(id);
    },
    async take(id) {
      if (!known.has(id)) await askForIt(id);
      const found = known.get(id);
      if (found?.offer.use === 'download') known.delete(id);
      return found;
    },
  };
}

import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import type { Answer } from './answer.ts';
import type { SignedRequest, SignRequest } from './contract.ts';
import type { PresignEndpoint } from './endpoint.ts';

/** Requests of one batch. Small: what is signed early has less of its life left when its turn comes. */
const batchSize = 4;
/** Milliseconds that a URL must still be good for to be used once more. */
const reserve = 20_000;

/** Gets URLs from the endpoint. */
export interface Signer {
  /** Just in time: one `POST /sign` at a time, and all that is wanted meanwhile goes with the next. */
  sign(request: SignRequest, signal?: AbortSignal): Promise<SignedRequest>;
  /** A GET's, again for as long as it is good: any range of the object can be asked for with it. */
  signRead(key: string, signal?: AbortSignal): Promise<SignedRequest>;
  /** Forgets it: S3 says that its time is up. */
  forgetRead(key: string): void;
}

interface Waiting {
  readonly request: SignRequest;
  readonly resolve: (signed: SignedRequest) => void;
  readonly reject: (error: unknown) => void;
}

export interface SignerOptions {
  readonly endpoint: PresignEndpoint;
  /** Throws unless the URL leads to that key. */
  readonly check: (url: string, key: string) => void;
}

export function createSigner({ endpoint, check }: SignerOptions): Signer {
  let waiting: Waiting[] = [];
  let asking = false;
  const reads = new Map<string, { readonly until: number; readonly signed: Promise<SignedRequest> }>();
  let life = 0;

  async function askFor(batch: readonly Waiting[]): Promise<void> {
    try {
      const requests = batch.map(({ request }) => request);
      const answer = await endpoint.ask({
        action: 'Sign',
        method: 'POST',
        path: '/sign',
        body: { requests },
      });
      const signed = answer.list('signed').map(signedRequest);
      life = 1000 * answer.whole('expires');
      if (signed.length !== batch.length) {
        throw new EnvelopeError('service-failed', 'the presign endpoint signed another number of requests');
      }
      for (const [index, { request, resolve }] of batch.entries()) {
        const one = signed[index] as SignedRequest;
        check(one.url, request.key);
        resolve(one);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function work(): Promise<void> {
    if (asking) return;
    asking = true;
    // Whatever else is wanted in this turn goes with the first.
    await Promise.resolve();
    for (let batch = waiting.splice(0, batchSize); batch.length > 0; batch = waiting.splice(0, batchSize)) {
      await askFor(batch);
    }
    asking = false;
  }

  function sign(request: SignRequest, signal?: AbortSignal): Promise<SignedRequest> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const abort = () => {
        waiting = waiting.filter((one) => one !== mine);
        reject(new EnvelopeError('cancelled', 'cancelled while a URL was awaited'));
      };
      const done = () => signal?.removeEventListener('abort', abort);
      const mine: Waiting = {
        request,
        resolve: (signed) => {
          done();
          resolve(signed);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      waiting.push(mine);
      void work();
    });
  }

  return {
    sign,

    signRead(key, signal) {
      const now = performance.now();
      for (const [other, { until }] of reads) if (until < now) reads.delete(other);
      const known = reads.get(key);
      if (known) return unlessAborted(known.signed, signal);
      // Asked for without the signal: others may wait for the same.
      const signed = sign({ kind: 'get', key });
      const entry = { until: Number.POSITIVE_INFINITY, signed };
      reads.set(key, entry);
      signed.then(
        () => {
          if (reads.get(key) === entry)
            reads.set(key, { signed, until: now + life - Math.min(reserve, life / 2) });
        },
        () => {
          if (reads.get(key) === entry) reads.delete(key);
        },
      );
      return unlessAborted(signed, signal);
    },

    forgetRead(key) {
      reads.delete(key);
    },
  };
}

function signedRequest(answer: Answer): SignedRequest {
  const method = answer.text('method');
  if (method !== 'GET' && method !== 'PUT') {
    throw new EnvelopeError(
      'service-failed',
      'the presign endpoint signed another method than was asked for',
    );
  }
  return { method, url: answer.text('url'), headers: answer.texts('headers') };
}

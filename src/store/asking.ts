import { type Bytes, fromBase64 } from '../core/bytes.ts';
import { EnvelopeError, type ErrorDetails } from '../core/errors.ts';
import { type Asked, toEnvelopeError } from './errors.ts';

/** Sends one request; what it rejects with is always an `EnvelopeError`. */
export type Ask = <T>(action: string, signal: AbortSignal | undefined, send: () => Promise<T>) => Promise<T>;

export interface AskOptions {
  readonly service: Asked['service'];
  readonly details?: ErrorDetails;
  /** Tells more of a failure, such as a refused CORS preflight from a dead network. */
  readonly explain?: ((failure: EnvelopeError) => Promise<EnvelopeError>) | undefined;
  /** Awaited before anything is sent. */
  readonly ready?: ((signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

export function createAsk({ service, details = {}, explain, ready }: AskOptions): Ask {
  const answered = new Set<string>();
  return async (action, signal, send) => {
    try {
      await ready?.(signal);
      const answer = await send();
      answered.add(action);
      return answer;
    } catch (error) {
      if (signal?.aborted) throw new EnvelopeError('cancelled', `${action} was cancelled`, { cause: error });
      const failure = toEnvelopeError(error, { service, action, details });
      // What worked before, no rule forbids: it is the network, which needs no further requests.
      throw explain && !answered.has(action) ? await explain(failure) : failure;
    }
  };
}

/** How the SDK's `send` takes a signal. */
export function aborting(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/** A field without which the answer is of no use. Throws `service-failed`. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new EnvelopeError('service-failed', `the answer of S3 lacks ${field}`);
  return value;
}

/** A response header that the bucket's CORS rule must let scripts see. Throws `cors-header-hidden`. */
export function visible<T>(value: T | undefined, header: string): T {
  if (value === undefined) throw hidden(header);
  return value;
}

export function hidden(header: string): EnvelopeError {
  return new EnvelopeError('cors-header-hidden', `the bucket's CORS rule does not expose ${header}`, {
    details: { header },
  });
}

/** The SHA-256 in an answer's base64; undefined where there is none that can be. */
export function digestIn(checksum: string | undefined): Bytes | undefined {
  const digest = checksum === undefined ? undefined : fromBase64(checksum);
  return digest?.length === 32 ? digest : undefined;
}

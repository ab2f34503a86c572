import { EnvelopeError } from '../../core/errors.ts';
import { createAsk } from '../asking.ts';
import { refusesScripts } from '../refuses-scripts.ts';
import { fetchUnderWatch } from '../stall.ts';
import { type AccessCode, signInRefused } from './access-code.ts';
import { type Answer, type RawAnswer, readAnswer } from './answer.ts';

export interface PresignEndpointOptions {
  /** Absolute; `/me` and the others are appended. */
  readonly address: string;
  /** By bearer token; without one, by the cookies that the browser has for the endpoint. */
  readonly accessCode?: AccessCode;
  /** Milliseconds without a byte after which a request counts as failed. */
  readonly stallsAfter?: number;
}

export interface EndpointRequest {
  /** What S3 calls it, for messages. */
  readonly action: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

export interface PresignEndpoint {
  /** Asks as whoever is signed in; the answer is checked by whoever reads it. */
  ask(request: EndpointRequest): Promise<Answer>;
  /** Who that is, by a code that is not in use yet, or by cookie. Rejects with `sign-in-refused`. */
  me(code?: string, signal?: AbortSignal): Promise<{ readonly prefix: string; readonly name?: string }>;
}

/** Speaks docs/presign.md. Every rejection is an `EnvelopeError`. */
export function createPresignEndpoint({
  address,
  accessCode,
  stallsAfter,
}: PresignEndpointOptions): PresignEndpoint {
  const ask = createAsk({ service: 's3', explain: (failure) => explain(failure, address) });

  function send(request: EndpointRequest, code: string | undefined): Promise<RawAnswer> {
    const { method, path, query, body, signal } = request;
    const search = query ? `?${new URLSearchParams(query)}` : '';
    return fetchUnderWatch({ method, signal, limit: stallsAfter }, async (within) => {
      const response = await fetch(`${address}${path}${search}`, {
        method,
        headers: {
          ...(code !== undefined && { Authorization: `Bearer ${code}` }),
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        credentials: code === undefined ? 'include' : 'omit',
        cache: 'no-store',
        // The code is for this address, and a redirect would lead to one that nobody named.
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: within,
      });
      const { status, headers } = response;
      return { status, text: await response.text(), retryAfter: headers.get('retry-after') };
    });
  }

  return {
    async ask(request) {
      for (;;) {
        const code = await accessCode?.current(request.signal);
        const answer = await ask(request.action, request.signal, async () => {
          const response = await send(request, code);
          if (response.status === 401) return undefined;
          return readAnswer(response);
        });
        if (answer) return answer;
        if (code === undefined) throw signInRefused('cookie');
        accessCode?.refuse(code);
      }
    },

    async me(code, signal) {
      // What can't stand in a header is no code.
      if (code !== undefined && !/^[\x21-\x7e]+$/.test(code)) throw signInRefused('token');
      const request = { action: 'GetMe', method: 'GET', path: '/me', signal } as const;
      return ask(request.action, signal, async () => {
        const response = await send(request, code);
        if (response.status === 401) throw signInRefused(code === undefined ? 'cookie' : 'token');
        const wrong = (cause?: unknown) =>
          new EnvelopeError('config-invalid', 'the presign endpoint does not answer as one', {
            cause,
            details: {
              field: 'credentials.endpoint',
              expected: 'the address of an endpoint that answers as docs/presign.md says',
            },
          });
        // A page of some other server, or none at all.
        if (response.status === 404) throw wrong();
        const answer = readAnswer(response);
        try {
          const prefix = answer.text('prefix');
          if (!/^files\/.*\/$/s.test(prefix)) throw wrong();
          const name = answer.optionalText('name');
          return { prefix, ...(name !== undefined && { name }) };
        } catch (error) {
          throw wrong(error);
        }
      });
    },
  };
}

async function explain(failure: EnvelopeError, address: string): Promise<EnvelopeError> {
  if (failure.code !== 'network-failed') return failure;
  if (!(await refusesScripts(`${address}/me`, { headers: { Authorization: 'Bearer' } }))) return failure;
  return new EnvelopeError('cors-refused', 'the presign endpoint answers, but not to scripts of this site', {
    cause: failure,
    details: { ...failure.details, endpoint: address, origin: location.origin },
  });
}

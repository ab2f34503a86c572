import { HttpResponse } from '@smithy/core/protocols';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';
import { concatBytes } from '../../core/bytes.ts';
import { whereNow } from '../../core/memory.ts';
import type { Body } from '../body.ts';
import { sendBytes } from '../send-bytes.ts';
import { fetchUnderWatch, type StallWatch } from '../stall.ts';

// Taken from the SDK's own handler: the package that declares these types is not a dependency of ours.
type Handle = FetchHttpHandler['handle'];
type HttpRequest = Parameters<Handle>[0];
type FetchHttpHandlerOptions = Exclude<
  ConstructorParameters<typeof FetchHttpHandler>[0],
  undefined | (() => unknown)
>;
type HandlerOptions = NonNullable<Parameters<Handle>[1]>;

const progressOf = new WeakMap<Body, (bytes: number) => void>();

/** From now on, whoever sends exactly this body is told how many of its bytes have left. */
export function reportProgress(body: Body, onProgress: (bytes: number) => void): void {
  progressOf.set(body, onProgress);
}

interface UploadingOptions extends FetchHttpHandlerOptions {
  /** Milliseconds without a byte after which a request is given up. */
  readonly stallsAfter?: number | undefined;
}

/**
 * The SDK's fetch handler, but bodies of bytes go out by `sendBytes`, and a request that stalls fails. The watch
 * over the bytes of an object, which are asked for by range, is up to whoever reads them.
 */
export class UploadingRequestHandler extends FetchHttpHandler {
  readonly #stallsAfter: number | undefined;

  constructor({ stallsAfter, ...options }: UploadingOptions = {}) {
    super(options);
    this.#stallsAfter = stallsAfter;
  }

  override async handle(request: HttpRequest, options: HandlerOptions = {}): ReturnType<Handle> {
    const body: unknown = request.body;
    if ((body instanceof Uint8Array || body instanceof File) && typeof XMLHttpRequest !== 'undefined') {
      return handleBytes(request, body as Body, options, this.#stallsAfter);
    }
    const { method, headers } = request;
    const watched = {
      method,
      signal: options.abortSignal as AbortSignal | undefined,
      limit: this.#stallsAfter,
    };
    return fetchUnderWatch(watched, async (abortSignal, watch) => {
      const answer = await super.handle(request, { ...options, abortSignal });
      watch.moved();
      const { response } = answer;
      if (response.body instanceof ReadableStream && (response.statusCode >= 300 || !headers['range'])) {
        response.body = await readAll(response.body, watch);
      }
      return answer;
    });
  }
}

async function readAll(body: ReadableStream<Uint8Array>, { moved }: StallWatch): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    moved();
    chunks.push(read.value);
  }
  return concatBytes(...chunks);
}

async function handleBytes(
  request: HttpRequest,
  body: Body,
  { abortSignal }: HandlerOptions,
  stallsAfter: number | undefined,
): ReturnType<Handle> {
  const { method, headers } = request;
  const signal = abortSignal as AbortSignal | undefined;
  const answer = await sendBytes({
    ...{ method, headers, signal, stallsAfter },
    // The SDK sends the same request again where it was signed wrong, and by then a worker has had the body.
    body: body instanceof File ? body : whereNow(body),
    url: urlOf(request),
    onProgress: progressOf.get(body),
  });
  const response = {
    statusCode: answer.status,
    headers: { ...answer.headers },
    body: new Uint8Array(answer.body),
  };
  return { response: new HttpResponse(response) };
}

function urlOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? encode(name) : `${encode(name)}=${encode(one)}`,
    ),
  );
  const search = pairs.length > 0 ? `?${pairs.join('&')}` : '';
  return `${protocol}//${hostname}${port ? `:${port}` : ''}${path}${search}`;
}

/** RFC 3986, as the signature has it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

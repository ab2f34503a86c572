import { EnvelopeError } from '../core/errors.ts';

/**
 * Reads a response body of known length into one buffer. A body that ends early or goes on is an error: a
 * connection that was cut must never look like a short file.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null | undefined,
  length: number,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const reader = body?.getReader();
  let filled = 0;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > length) throw wrongLength(filled + value.length, length);
      bytes.set(value, filled);
      filled += value.length;
      options.onProgress?.(filled);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    if (error instanceof EnvelopeError) throw error;
    if (options.signal?.aborted)
      throw new EnvelopeError('cancelled', 'reading was cancelled', { cause: error });
    throw new EnvelopeError('network-failed', 'the connection dropped while reading', { cause: error });
  }
  if (filled !== length) throw wrongLength(filled, length);
  return bytes;
}

function wrongLength(got: number, expected: number): EnvelopeError {
  return new EnvelopeError('network-failed', 'the answer has another length than was asked for', {
    details: { got, expected },
  });
}

/** The total length in `Content-Range: bytes 0-7/100`; undefined where it can't be read. */
export function totalOf(contentRange: string | null | undefined): number | undefined {
  const match = /^bytes \d+-\d+\/(\d+)$/.exec(contentRange ?? '');
  return match ? Number(match[1]) : undefined;
}

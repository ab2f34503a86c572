import type { Bytes } from '../core/bytes.ts';

/** Of a request. A file is one that `large-body.ts` made. */
export type Body = Bytes | File;

/** Bytes. */
export function lengthOf(body: Body): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

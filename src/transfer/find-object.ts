import { EnvelopeError, type ErrorCode } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';

/** Whoever may not list the bucket is told nothing of what is not there, not even that. */
const absent = new Set<ErrorCode>(['object-not-found', 'access-denied']);

/** The object at the key, if it is the one with this metadata: no other has what opens it. */
export async function findObject(
  store: Pick<ReadableStore, 'head'>,
  key: string,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<ObjectHead | undefined> {
  let head: ObjectHead;
  try {
    head = await store.head(key, signal);
  } catch (error) {
    if (error instanceof EnvelopeError && absent.has(error.code)) return undefined;
    throw error;
  }
  const differs = ([name, value]: [string, string]) =>
    comesBackAsSent(name, value) && head.metadata[name] !== value;
  return Object.entries(metadata).some(differs) ? undefined : head;
}

/**
 * The object at the key, if it is still the one that somebody looked at, where that is known: what the screen says of
 * it, its name and the key that locked it, is true of no other. Rejects with `object-changed`.
 */
export async function headOf(
  store: Pick<ReadableStore, 'head'>,
  { key, etag }: { readonly key: string; readonly etag?: string | undefined },
  signal?: AbortSignal,
): Promise<ObjectHead> {
  const head = await store.head(key, signal);
  if (etag === undefined || etag === head.etag) return head;
  throw new EnvelopeError('object-changed', 'another object is stored now than was looked at');
}

/** S3 lowers the case of names and encodes other values; what opens an object has neither. */
function comesBackAsSent(name: string, value: string): boolean {
  return name === name.toLowerCase() && /^[\x20-\x7e]*$/.test(value);
}

import { type Bytes, concatBytes, fromUtf8, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { checkDescription } from '../keyrings/description.ts';
import type { Description } from '../keyrings/keyring.ts';
import { readUint16, uint16 } from './numbers.ts';

/** Where a signed message keeps the key that its signature is checked with. */
export const publicKeyName = 'aws-crypto-public-key';

const reservedPrefix = 'aws-crypto-';
const maxBytes = 0xffff;

type Pair = readonly [key: Bytes, value: Bytes];

/** Ascending by the keys' UTF-8, as the format has it. */
const byBytes = (a: Pair, b: Pair) => compareBytes(a[0], b[0]);

/**
 * The encryption context as bytes: the number of pairs, then each key and value behind its length; nothing at
 * all for an empty one (data-format/message-header.md). Throws `bad-argument` above 65,535 bytes.
 */
export function serializeContext(context: Description): Bytes {
  return serialize(pairsOf(context).sort(byBytes));
}

/**
 * The serialisation under which AWS's older JavaScript clients wrapped data keys with raw AES: sorted as people
 * sort words. Undefined where it is the ordinary one.
 */
export function serializeContextAsOldClients(context: Description): Bytes | undefined {
  const collator = new Intl.Collator('en');
  const sorted = Object.keys(context).sort(collator.compare);
  const pairs = sorted.map((key): Pair => [utf8(key), utf8(context[key] ?? '')]);
  const ordinary = [...pairs].sort(byBytes);
  return pairs.every((pair, index) => pair === ordinary[index]) ? undefined : serialize(pairs);
}

/** Throws `metadata-invalid` for anything that is not exactly one context with keys all different. */
export function parseContext(bytes: Bytes): Description {
  if (bytes.length === 0) return {};
  let at = 0;
  function take(length: number): Bytes {
    if (at + length > bytes.length) throw invalid('reaches beyond its length');
    at += length;
    return bytes.subarray(at - length, at);
  }
  const takeText = () => {
    const text = fromUtf8(take(readUint16(take(2))));
    if (text === undefined) throw invalid('is not UTF-8');
    return text;
  };

  const count = readUint16(take(2));
  if (count === 0) throw invalid('is empty and yet there');
  const pairs = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const key = takeText();
    if (pairs.has(key)) throw invalid('has a key twice');
    pairs.set(key, takeText());
  }
  if (at !== bytes.length) throw invalid('has bytes left over');
  // Defines own properties, whatever their names: `__proto__` is a key as good as any.
  return Object.fromEntries(pairs);
}

/** Throws `reserved-context-key` or `bad-argument` for a context that a caller may not set. */
export function checkCallersContext(context: Description): void {
  const key = Object.keys(context).find((name) => name.startsWith(reservedPrefix));
  if (key !== undefined) {
    throw new EnvelopeError('reserved-context-key', `names that begin with ${reservedPrefix} are reserved`, {
      details: { key },
    });
  }
  checkDescription(context, 'encryption context');
  serializeContext(context);
}

function pairsOf(context: Description): Pair[] {
  return Object.entries(context).map(([key, value]) => [utf8(key), utf8(value)]);
}

function serialize(pairs: readonly Pair[]): Bytes {
  if (pairs.length === 0) return new Uint8Array();
  const fields = pairs.flat().flatMap((field) => [uint16(field.length), field]);
  const bytes = concatBytes(uint16(pairs.length), ...fields);
  if (bytes.length > maxBytes) {
    throw new EnvelopeError('bad-argument', 'the encryption context is longer than 65,535 bytes', {
      details: { length: bytes.length },
    });
  }
  return bytes;
}

function compareBytes(a: Bytes, b: Bytes): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function invalid(reason: string): EnvelopeError {
  return new EnvelopeError('metadata-invalid', `the encryption context ${reason}`, {
    details: { field: 'encryption context' },
  });
}

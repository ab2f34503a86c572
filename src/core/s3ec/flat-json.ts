import type { Description } from '../keyrings/keyring.ts';

/** Far above what S3's 2 KB of metadata or a KMS context of 8 KB can need. */
const maxCharacters = 32 * 1024;

/** A JSON object, however spaced; undefined for anything else. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

/** A JSON object of strings in at most 32 Ki characters; undefined for anything else, numbers and nesting too. */
export function readFlatJson(text: string): Description | undefined {
  const value = text.length > maxCharacters ? undefined : readJsonObject(text);
  if (!value) return undefined;
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return pairs.length === Object.keys(value).length ? Object.fromEntries(pairs) : undefined;
}

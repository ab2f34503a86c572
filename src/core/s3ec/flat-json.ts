import type { Description } from '../keyrings/keyring.ts';

/** Far above what S3's 2 KB of metadata or a KMS context of 8 KB can need. */
const maxCharacters = 32 * 1024;

/** A JSON object of strings, however spaced; undefined for anything else, nesting and numbers included. */
export function readFlatJson(text: string): Description | undefined {
  if (text.length > maxCharacters) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const pairs = Object.entries(value);
  return pairs.every(([, item]) => typeof item === 'string') ? Object.fromEntries(pairs) : undefined;
}

/** Compact, and pure ASCII: it becomes a header, and not every client decodes what S3 makes of other text. */
export function writeFlatJson(description: Description): string {
  return JSON.stringify(description).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

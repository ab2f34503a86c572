/** Reads what callers send: every field checked, none taken on trust. */

import { invalid } from './refusal.ts';
import type { CommitCondition } from './s3.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${name} is not an object`);
  return value as Fields;
}

export function list(value: unknown, name: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw invalid(`${name} is not a list of 1 to ${most}`);
  return value;
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 2048) throw invalid(`${name} is no text`);
  return value;
}

export function whole(value: unknown, name: string, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > most)
    throw invalid(`${name} is not a whole number from ${least} to ${most}`);
  return Number(value);
}

/** SHA-256 in base64. */
export function digest(value: unknown, name: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(value))
    throw invalid(`${name} is no SHA-256 in base64`);
  return value;
}

/** Names and values that fit into headers: US-ASCII without controls. S3 refuses more than 2 KB of it. */
export function metadata(value: unknown, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(fields(value, name));
  for (const [key, item] of entries) {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(key)) throw invalid(`${name}: no name for metadata`);
    if (typeof item !== 'string' || !/^[\x20-\x7e]*$/.test(item))
      throw invalid(`${name}.${key} is not US-ASCII`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

export function condition(value: unknown): CommitCondition {
  if (value === undefined) return {};
  const { kind, etag } = fields(value, 'condition');
  if (kind === 'absent') return { IfNoneMatch: '*' };
  if (kind === 'unchanged') return { IfMatch: text(etag, 'condition.etag') };
  throw invalid('condition.kind is neither "absent" nor "unchanged"');
}

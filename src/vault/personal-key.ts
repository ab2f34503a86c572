import { concatBytes, randomBytes, toHex, utf8 } from '../core/bytes.ts';
import { importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import type { Description } from '../core/keyrings/keyring.ts';

/** A wrapping key that only a person holds: AES-256, non-extractable once it is here. */
export interface PersonalKey {
  readonly wrappingKey: CryptoKey;
  /** 16 hex digits that name the key and give nothing of it away; stored with each object. */
  readonly fingerprint: string;
}

const keyLength = 32;

/** Draws a new key. The bare bytes are for the backup file; whoever calls wipes them. */
export async function drawPersonalKey(): Promise<{ key: PersonalKey; raw: Uint8Array<ArrayBuffer> }> {
  const raw = randomBytes(keyLength);
  return { key: await importPersonalKey(raw), raw };
}

/** @param raw 32 bytes, wiped by the caller */
export async function importPersonalKey(raw: Uint8Array<ArrayBuffer>): Promise<PersonalKey> {
  return { wrappingKey: await importWrappingKey(raw), fingerprint: await fingerprintOf(raw) };
}

async function fingerprintOf(raw: Uint8Array): Promise<string> {
  const labelled = concatBytes(utf8('s3-envelope key fingerprint\n'), raw);
  const digest = await crypto.subtle.digest('SHA-256', labelled);
  labelled.fill(0);
  return toHex(new Uint8Array(digest, 0, 8));
}

const field = 's3-envelope-key';

/** The materials description by which an object says which personal key opens it. */
export function describeKey(fingerprint: string): Description {
  return { [field]: fingerprint };
}

/** The name by which a message of the Encryption SDK says the same: namespace and name are that one pair. */
export function nameKey(fingerprint: string): { readonly keyNamespace: string; readonly keyName: string } {
  return { keyNamespace: field, keyName: fingerprint };
}

/**
 * The fingerprint in a materials description; undefined where it describes another kind of key. Nothing else is taken
 * for one: it is shown, and anybody who may write to the bucket writes it.
 */
export function describedKey(description: Description): string | undefined {
  const value = description[field] ?? '';
  return /^[0-9a-f]{16}$/.test(value) ? value : undefined;
}

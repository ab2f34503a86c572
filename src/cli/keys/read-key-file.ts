import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type Bytes, fromBase64, fromHex, fromUtf8, toHex } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { importLegacyWrappingKey, type LegacyWrappingKey } from '../../core/keyrings/legacy-aes.ts';
import { readKeyFile } from '../../vault/key-file.ts';
import { importPersonalKey } from '../../vault/personal-key.ts';
import { fileFailure } from '../file-io.ts';

export interface AesKey {
  readonly kind: 'aes';
  readonly wrappingKey: CryptoKey;
  /** For what old writers wrapped; a key file of the app has wrapped nothing of the kind. */
  readonly legacy?: LegacyWrappingKey;
  /** 16 hex digits that name the key and give nothing of it away. */
  readonly fingerprint: string;
  /** Of the guest whose files the app's key opens. */
  readonly identityId?: string;
}

export interface RsaKey {
  readonly kind: 'rsa';
  /** DER: SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  /** DER: PrivateKeyInfo. Absent where only the public half is there. */
  readonly pkcs8?: Bytes;
  readonly fingerprint: string;
}

const longestFile = 64 * 1024;

/**
 * A key from its file: of the app, in PEM, or bare (bytes, base64 or hex text, white space around it allowed).
 * Rejects with `file-unreadable` or `key-file-invalid`; no error repeats what is in the file.
 */
export async function readKey(path: string): Promise<AesKey | RsaKey> {
  const content = await readSecret(path);
  try {
    const text = fromUtf8(content)?.trim();
    if (text?.startsWith('{')) return await fromApp(content);
    if (text?.includes('-----BEGIN ')) return await fromPem(text);
    const raw = bareKey(content, text);
    if (!raw) {
      throw invalid(
        'it holds neither 16, 24 or 32 bytes, nor these as base64 or hex, nor PEM, nor a key file of the app',
      );
    }
    try {
      const legacy = await importLegacyWrappingKey(raw);
      return { kind: 'aes', ...(await importPersonalKey(raw)), legacy };
    } finally {
      raw.fill(0);
    }
  } catch (error) {
    throw error instanceof EnvelopeError ? named(error, path) : invalid(`${path}: it cannot be read`);
  } finally {
    content.fill(0);
  }
}

async function readSecret(path: string): Promise<Bytes> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = new Uint8Array(longestFile + 1);
      let length = 0;
      // Also from a pipe, such as a shell's <(...).
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
        if (length > longestFile) throw invalid(`${path}: it is too large to be a key`);
      }
      const content = buffer.slice(0, length);
      buffer.fill(0);
      return content;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof EnvelopeError ? error : fileFailure('file-unreadable', path, error);
  }
}

/** Text before bytes: that random bytes are all digits does not happen. What is no key is wiped. */
export function bareKey(content: Bytes, text: string | undefined): Bytes | undefined {
  const readings = [
    () => (text === undefined ? undefined : fromHex(text)),
    () => (text === undefined ? undefined : fromBase64(text)),
    () => content.slice(),
  ];
  for (const read of readings) {
    const bytes = read();
    if (bytes && [16, 24, 32].includes(bytes.length)) return bytes;
    bytes?.fill(0);
  }
  return undefined;
}

async function fromApp(content: Bytes): Promise<AesKey> {
  const { key, identityId } = await readKeyFile(new Blob([content]));
  return { kind: 'aes', ...key, ...(identityId !== undefined && { identityId }) };
}

async function fromPem(text: string): Promise<RsaKey> {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw invalid('it is locked with a passphrase; "openssl pkey -in FILE" unlocks it');
  }
  const isPrivate = text.includes('PRIVATE KEY-----');
  const privateKey = isPrivate ? parsePem(() => createPrivateKey(text)) : undefined;
  const publicKey = parsePem(() => createPublicKey(privateKey ? toPem(privateKey) : text));
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  const digest = await crypto.subtle.digest('SHA-256', spki);
  return {
    kind: 'rsa',
    spki,
    ...(privateKey && { pkcs8: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })) }),
    fingerprint: toHex(new Uint8Array(digest, 0, 8)),
  };
}

const toPem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' });

function parsePem(parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    // OpenSSL's own words are of no use, and may quote.
    throw invalid('its PEM is damaged, or of another kind than an RSA key');
  }
  if (key.asymmetricKeyType !== 'rsa') throw invalid('it is no RSA key');
  return key;
}

function invalid(reason: string): EnvelopeError {
  return new EnvelopeError('key-file-invalid', reason);
}

function named({ code, message, details }: EnvelopeError, path: string): EnvelopeError {
  return new EnvelopeError(code, message.startsWith(path) ? message : `${path}: ${message}`, { details });
}

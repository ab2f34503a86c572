import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { type Bytes, fromBase64, toBase64 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import { subtle } from '../subtle.ts';
import { uint16 } from './numbers.ts';
import type { Curve } from './suite.ts';

/** Hashes what it is given piece by piece, which WebCrypto cannot. */
export interface RunningHash {
  update(bytes: Bytes): void;
  /** To be asked once. */
  digest(): Bytes;
}

/** A key pair of one message. */
export interface Signer {
  /** As it stands in the encryption context: base64 of the compressed point. */
  readonly publicKey: string;
  /** The footer over a message of this digest: always `footerLength` bytes. */
  sign(digest: Bytes): Bytes;
}

export interface Verifier {
  /** Throws `signature-mismatch`. */
  verify(signature: Bytes, digest: Bytes): void;
}

interface CurveFacts {
  readonly hash: 'SHA-256' | 'SHA-384';
  /** Of r and of s. */
  readonly scalarBytes: number;
}

const curves: Readonly<Record<Curve, CurveFacts>> = {
  'P-256': { hash: 'SHA-256', scalarBytes: 32 },
  'P-384': { hash: 'SHA-384', scalarBytes: 48 },
};

const loadLibraries = () => loadPart(import('./ecdsa.ts'));

/**
 * Bytes of the footer that we write: a length and DER of 103 bytes (71 for P-256), the most common length, so
 * that a message's length is known before it is signed. AWS's clients in C, Java, Python and .NET do the same.
 */
export function footerLength(curve: Curve): number {
  return 2 + signatureBytes(curve);
}

/** What a signature over either curve can take: a length, and DER. */
export function maxFooterLength(curve: Curve): number {
  return footerLength(curve) + 1;
}

export async function createRunningHash(curve: Curve): Promise<RunningHash> {
  const { sha256, sha384 } = await loadLibraries();
  const hash = (curve === 'P-256' ? sha256 : sha384).create();
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest(),
  };
}

/** At once, by WebCrypto, several times as fast. */
export async function digestOf(curve: Curve, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle().digest(curves[curve].hash, bytes));
}

/** A fresh key pair. */
export async function createSigner(curve: Curve): Promise<Signer> {
  const ecdsa = await load(curve);
  const { secretKey, publicKey } = ecdsa.keygen();
  const length = signatureBytes(curve);
  return {
    publicKey: toBase64(publicKey),
    sign(digest) {
      for (;;) {
        const signature = signOnce(ecdsa, digest, secretKey);
        const fitting = signature.find((der) => der.length === length);
        if (fitting) return Uint8Array.from([...uint16(length), ...fitting]);
      }
    },
  };
}

/** From the encryption context; throws `metadata-invalid` for anything but a compressed point of the curve. */
export async function createVerifier(curve: Curve, publicKey: string): Promise<Verifier> {
  const ecdsa = await load(curve);
  const point = fromBase64(publicKey);
  if (
    !point ||
    point.length !== 1 + curves[curve].scalarBytes ||
    !ecdsa.utils.isValidPublicKey(point, true)
  ) {
    throw new EnvelopeError('metadata-invalid', 'the public key in the encryption context is none', {
      details: { field: 'public key' },
    });
  }
  return {
    verify(signature, digest) {
      if (!isSignature(ecdsa, signature, digest, point)) {
        throw new EnvelopeError('signature-mismatch', 'the signature is not one of this message by this key');
      }
    },
  };
}

function signatureBytes(curve: Curve): number {
  return 2 * curves[curve].scalarBytes + 7;
}

async function load(curve: Curve): Promise<ECDSA> {
  const { p256, p384 } = await loadLibraries();
  return curve === 'P-256' ? p256 : p384;
}

/** A signature in both its forms: n - s signs what s signs, and is as a rule a byte longer or shorter. */
function signOnce(ecdsa: ECDSA, digest: Bytes, secretKey: Uint8Array): Uint8Array[] {
  const { Signature } = ecdsa;
  const options = { prehash: false, lowS: false, extraEntropy: true };
  const { r, s } = Signature.fromBytes(ecdsa.sign(digest, secretKey, options));
  const other = ecdsa.Point.Fn.ORDER - s;
  return [s, other].map((value) => new Signature(r, value).toBytes('der'));
}

function isSignature(ecdsa: ECDSA, signature: Bytes, digest: Bytes, point: Bytes): boolean {
  try {
    return ecdsa.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false;
  }
}

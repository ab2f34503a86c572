import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromBase64, toBase64 } from '../bytes.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import { measureFooter } from './piece.ts';
import { createSigner, createVerifier, digestOf } from './signature.ts';
import { sample } from './test-messages.ts';

const digest = await digestOf('P-384', sample(50));
const signer = await createSigner('P-384');
const verifier = await createVerifier('P-384', signer.publicKey);
const signature = signer.sign(digest).slice(2);

/** The two numbers of a DER signature, each with its tag and length. */
function numbersOf(der: Bytes): [Bytes, Bytes] {
  const end = 4 + (der[3] ?? 0);
  return [der.slice(2, end), der.slice(end)];
}

const sequence = (...parts: Bytes[]) => {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(0x30, content.length), content);
};

describe('a signature', () => {
  const refusal = (bytes: Bytes) => codeOf(() => verifier.verify(bytes, digest));
  const [r, s] = numbersOf(signature);

  it('is accepted as it was made', async () => {
    expect(await refusal(signature)).toBe('no error');
    expect(await refusal(sequence(r, s))).toBe('no error');
  });

  it('is accepted with either s', async () => {
    const order = BigInt(
      '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    );
    const value = BigInt(
      `0x${Array.from(s.slice(2), (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    );
    const hex = (order - value).toString(16);
    const padded = hex.padStart(hex.length + (hex.length % 2), '0');
    const bytes = Uint8Array.from(padded.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    const unsigned = (bytes[0] ?? 0) < 0x80 ? bytes : concatBytes(Uint8Array.of(0), bytes);
    const other = concatBytes(Uint8Array.of(2, unsigned.length), unsigned);
    expect(other).not.toEqual(s);
    expect(await refusal(sequence(r, other))).toBe('no error');
  });

  it.each<[string, Bytes]>([
    ['of nothing', new Uint8Array()],
    ['with a byte behind it', concatBytes(signature, Uint8Array.of(0))],
    ['with a byte inside it', sequence(r, s, Uint8Array.of(0))],
    ['without s', sequence(r)],
    ['with r of zero', sequence(Uint8Array.of(2, 1, 0), s)],
    ['with s of zero', sequence(r, Uint8Array.of(2, 1, 0))],
    ['with an r that is padded', sequence(concatBytes(Uint8Array.of(2, (r[1] ?? 0) + 1, 0), r.slice(2)), s)],
    ['with an r that is negative', sequence(concatBytes(Uint8Array.of(2, 1, 0x80)), s)],
    ['with r and s exchanged', sequence(s, r)],
    ['that is no sequence', concatBytes(Uint8Array.of(0x31), signature.slice(1))],
  ])('is refused %s', async (_, bytes) => {
    expect(await refusal(bytes)).toBe('signature-mismatch');
  });

  it('is refused over another message, and by another key', async () => {
    expect(await codeOf(async () => verifier.verify(signature, await digestOf('P-384', sample(51))))).toBe(
      'signature-mismatch',
    );
    const other = await createVerifier('P-384', (await createSigner('P-384')).publicKey);
    expect(await codeOf(() => other.verify(signature, digest))).toBe('signature-mismatch');
  });
});

describe('a public key is refused', () => {
  const point = fromBase64(signer.publicKey) ?? new Uint8Array();
  it.each<[string, string]>([
    ['in broken base64', `${signer.publicKey}=`],
    ['of another length', toBase64(point.slice(1))],
    ['in another form', toBase64(concatBytes(Uint8Array.of(4), point.slice(1), point.slice(1)))],
    ['that is no point', toBase64(concatBytes(Uint8Array.of(5), point.slice(1)))],
    ['beyond the field', toBase64(concatBytes(Uint8Array.of(2), new Uint8Array(48).fill(0xff)))],
  ])('%s', async (_, text) => {
    expect(await codeOf(() => createVerifier('P-384', text))).toBe('metadata-invalid');
  });
});

describe('the footer at the end of a message', () => {
  it.each([101, 102, 103, 104])('is found, its DER of %d bytes', (length) => {
    const der = concatBytes(Uint8Array.of(0x30, length - 2), new Uint8Array(length - 2).fill(7));
    const tail = concatBytes(sample(30), Uint8Array.of(0, length), der);
    expect(measureFooter(tail)).toBe(length + 2);
  });

  it('is not found where there is none', () => {
    expect(measureFooter(new Uint8Array(106))).toBeUndefined();
    expect(measureFooter(new Uint8Array())).toBeUndefined();
  });
});

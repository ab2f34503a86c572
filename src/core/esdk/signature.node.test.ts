import { createVerify, ECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBase64 } from '../bytes.ts';
import { createSigner, createVerifier, digestOf, footerLength } from './signature.ts';
import { sample } from './test-messages.ts';

const curves = [
  ['P-256', 'prime256v1', 'SHA256', 73, '3059301306072a8648ce3d020106082a8648ce3d030107034200'],
  ['P-384', 'secp384r1', 'SHA384', 105, '3076301006072a8648ce3d020106052b81040022036200'],
] as const;

describe.each(curves)('signatures over %s', (curve, nodeCurve, hash, footerBytes, spkiPrefix) => {
  it('are valid to OpenSSL, and all of one length', async () => {
    expect(footerLength(curve)).toBe(footerBytes);
    const signer = await createSigner(curve);
    const compressed = fromBase64(signer.publicKey) ?? new Uint8Array();
    const point = ECDH.convertKey(compressed, nodeCurve, undefined, undefined, 'uncompressed') as Buffer;
    const key = {
      key: Buffer.concat([Buffer.from(spkiPrefix, 'hex'), point]),
      format: 'der',
      type: 'spki',
    } as const;
    for (let length = 0; length < 40; length++) {
      const message = sample(length);
      const footer = signer.sign(await digestOf(curve, message));
      expect(footer).toHaveLength(footerBytes);
      const signature = footer.slice(2);
      expect(createVerify(hash).update(message).verify(key, signature)).toBe(true);
      const verifier = await createVerifier(curve, signer.publicKey);
      verifier.verify(signature, await digestOf(curve, message));
    }
  });
});

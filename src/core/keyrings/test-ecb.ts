import type { Bytes } from '../bytes.ts';

/** AES-ECB of whole blocks, as the oldest writers wrap data keys: each block by itself. */
export async function sealEcb(key: Bytes, padded: Bytes): Promise<Bytes> {
  const cbc = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt']);
  const blocks: number[] = [];
  for (let at = 0; at < padded.length; at += 16) {
    const cipher = { name: 'AES-CBC', iv: new Uint8Array(16) };
    const sealed = await crypto.subtle.encrypt(cipher, cbc, padded.slice(at, at + 16));
    blocks.push(...new Uint8Array(sealed).subarray(0, 16));
  }
  return Uint8Array.from(blocks);
}

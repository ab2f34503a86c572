/** age in TypeScript (ChaCha20-Poly1305 in JavaScript, chunks of 64 KiB), to an X25519 recipient. */
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Peer } from './peer.ts';

export async function load(): Promise<Peer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
  return {
    inMemory: (plaintext) => encrypter.encrypt(plaintext),
    ofFile: (file) => encrypter.encrypt(file.stream()),
  };
}

/** AWS Encryption SDK for JavaScript in Node, by its streams, which are its fastest way; what comes out is dropped. */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import esdk from '@aws-crypto/client-node';
import type { MessageLibrary } from '../page/peers/message-peer.ts';

/** What a file or a socket hands out at once. */
const chunkBytes = 64 * 1024;

export function load(): MessageLibrary {
  const { buildClient, CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier } = esdk;
  const client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const keyring = new RawAesKeyringNode({
    keyNamespace: 's3-envelope',
    keyName: 'bench',
    unencryptedMasterKey: crypto.getRandomValues(new Uint8Array(32)),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
  return {
    async encrypt(plaintext, { suite = '0478', frameLength = 4096 }) {
      const stream = client.encryptStream(keyring, { suiteId: Number.parseInt(suite, 16), frameLength });
      return Buffer.concat(await through(plaintext, stream));
    },
    decrypt: (message) => through(message, client.decryptStream(keyring)),
  };
}

async function through(bytes: Uint8Array, stream: Duplex): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  await pipeline(
    function* () {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
    stream,
    async (output: AsyncIterable<Buffer>) => {
      for await (const piece of output) pieces.push(piece);
    },
  );
  return pieces;
}

/** libsodium's secretstream (XChaCha20-Poly1305, WebAssembly), in messages of 4 MiB as Ente sends them. */
import sodium from 'libsodium-wrappers';
import { offsets } from '../clock.ts';
import type { Peer } from './peer.ts';

const chunkBytes = 4 * 1024 ** 2;

export async function load(): Promise<Peer> {
  await sodium.ready;
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const begin = (length: number) => {
    const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
    const { crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: more } = sodium;
    const { crypto_secretstream_xchacha20poly1305_TAG_FINAL: final } = sodium;
    const push = (start: number, chunk: Uint8Array) =>
      sodium.crypto_secretstream_xchacha20poly1305_push(
        state,
        chunk,
        null,
        start + chunkBytes >= length ? final : more,
      );
    return { header, push };
  };
  return {
    async inMemory(plaintext) {
      const { push } = begin(plaintext.length);
      for (const start of offsets(plaintext.length, chunkBytes)) {
        push(start, plaintext.subarray(start, start + chunkBytes));
      }
    },
    async ofFile(file) {
      const { header, push } = begin(file.size);
      const starts = offsets(file.size, chunkBytes).values();
      return new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(header),
        async pull(controller) {
          const { value: start, done } = starts.next();
          if (done) return controller.close();
          const chunk = new Uint8Array(await file.slice(start, start + chunkBytes).arrayBuffer());
          controller.enqueue(push(start, chunk));
        },
      });
    },
  };
}

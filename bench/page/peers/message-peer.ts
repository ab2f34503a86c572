/** An AWS Encryption SDK for JavaScript, in memory and with what it wrote last for each way to write. */
import type { Written } from '../formats.ts';

export interface MessagePeer {
  seal(written: Written): Promise<number>;
  open(written: Written): Promise<number>;
}

/** Takes all of a plaintext and a message at once, or as much as it is given at once. */
export interface MessageLibrary {
  encrypt(plaintext: Uint8Array<ArrayBuffer>, written: Written): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<unknown>;
}

export function createMessagePeer(
  plaintext: Uint8Array<ArrayBuffer>,
  { encrypt, decrypt }: MessageLibrary,
): MessagePeer {
  const messages = new Map<string, Uint8Array>();
  const timed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
  };
  return {
    seal: (written) => timed(() => encrypt(plaintext, written)),
    async open(written) {
      const name = `${written.suite} ${written.frameLength}`;
      const message = messages.get(name) ?? (await encrypt(plaintext, written));
      messages.set(name, message);
      return timed(() => decrypt(message));
    },
  };
}

/** Another library, ready to work: its code loaded, its key made. */
export interface Peer {
  /** Encrypts all of it; what comes out is dropped. */
  inMemory(plaintext: Uint8Array<ArrayBuffer>): Promise<unknown>;
  /**
   * The ciphertext of a file, in the way that the library allows with the least memory: a stream, or one array
   * where it takes the whole message only.
   */
  ofFile(file: Blob): Promise<ReadableStream<Uint8Array> | Uint8Array>;
}

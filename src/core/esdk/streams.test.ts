import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, equalBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import {
  type ByteTransform,
  createDecryptStream,
  createEncryptStream,
  type DecryptStreamOptions,
  decrypt,
  encrypt,
  type SealOptions,
  type SuiteId,
} from './esdk.ts';
import { aesKeyring, collect, flipBit, headerOf, sample, streamOf } from './test-messages.ts';

const keyring = await aesKeyring();
const frameLength = 10;
const releasing = { keyring, signed: 'release-before-signature' } as const;

const seal = (plaintext: Bytes, options: Partial<SealOptions> = {}, chunk = 7) =>
  collect(streamOf(plaintext, chunk).pipeThrough(createEncryptStream({ keyring, ...options })));

const open = (message: Bytes, options: Partial<DecryptStreamOptions> = {}, chunk = 7) =>
  collect(streamOf(message, chunk).pipeThrough(createDecryptStream({ keyring, ...options })));

const codeIn = ({ error }: { error?: unknown }) => (error as EnvelopeError | undefined)?.code;

/** Writes as a file is read into memory that is there already. */
function throughOneBuffer(bytes: Bytes, size: number, { readable, writable }: ByteTransform) {
  const writer = writable.getWriter();
  const buffer = new Uint8Array(size);
  const write = async () => {
    for (let at = 0; at < bytes.length; at += size) {
      const chunk = bytes.subarray(at, at + size);
      buffer.set(chunk);
      await writer.write(buffer.subarray(0, chunk.length));
      buffer.fill(0xff);
    }
    await writer.close();
  };
  // The reader meets the failure.
  write().catch(() => {});
  return readable;
}

describe('round trips', () => {
  it('of any length, cut into anything', async () => {
    const cases = fc.record({
      suite: fc.constantFrom<SuiteId>('0478', '0578'),
      length: fc.nat({ max: 400 }),
      length1: fc.integer({ min: 1, max: 60 }),
      chunk: fc.integer({ min: 1, max: 500 }),
      chunk1: fc.integer({ min: 1, max: 500 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ suite, length, length1, chunk, chunk1 }) => {
        const plaintext = sample(length);
        const sealed = await seal(plaintext, { suite, frameLength: length1 }, chunk);
        expect(sealed.error).toBeUndefined();
        expect((await decrypt(sealed.bytes, { keyring })).plaintext).toEqual(plaintext);
        expect(await open(sealed.bytes, releasing, chunk1)).toEqual({ bytes: plaintext });
      }),
      { numRuns: 60 },
    );
  });

  it('of several MiB', async () => {
    const plaintext = sample(5 * 2 ** 20 + 3);
    const { bytes: message } = await seal(plaintext, {}, 2 ** 16);
    const { bytes, error } = await open(message, {}, 2 ** 16);
    expect(error).toBeUndefined();
    expect(equalBytes(bytes, plaintext)).toBe(true);
  });

  it.each([1, 7, 33])('of a writer with one buffer of %i bytes for all', async (size) => {
    const plaintext = sample(330);
    const message = await encrypt(plaintext, { keyring, frameLength });
    const sealed = await collect(
      throughOneBuffer(plaintext, size, createEncryptStream({ keyring, frameLength })),
    );
    expect((await decrypt(sealed.bytes, { keyring })).plaintext).toEqual(plaintext);
    const opened = await collect(throughOneBuffer(message, size, createDecryptStream({ keyring })));
    expect(opened).toEqual({ bytes: plaintext });
  });

  it('lay out what encrypt lays out', async () => {
    for (const length of [0, 9, 10, 11, 20]) {
      const { bytes } = await seal(sample(length), { frameLength });
      expect(bytes).toHaveLength((await encrypt(sample(length), { keyring, frameLength })).length);
    }
  });
});

describe('what is known of a message before its plaintext', () => {
  it('are its suite and its context, once they are verified', async () => {
    const message = await encrypt(sample(5), { keyring, encryptionContext: { a: 'b' } });
    const stream = createDecryptStream({ keyring });
    const collected = collect(streamOf(message, 9).pipeThrough(stream));
    expect(await stream.facts).toEqual({ suite: '0478', encryptionContext: { a: 'b' } });
    expect((await collected).bytes).toEqual(sample(5));
  });

  it('is known before anything is read', async () => {
    const message = await encrypt(sample(5), { keyring, encryptionContext: { a: 'b' } });
    const stream = createDecryptStream({ keyring });
    const plaintext = streamOf(message, 9).pipeThrough(stream);
    expect((await stream.facts).encryptionContext).toEqual({ a: 'b' });
    expect((await collect(plaintext)).bytes).toEqual(sample(5));
  });

  it('is nothing if its header does not verify', async () => {
    const message = await encrypt(sample(5), { keyring });
    const stream = createDecryptStream({ keyring });
    const changed = flipBit(message, 8 * headerOf(message).bytes.length - 1);
    await collect(streamOf(changed, 9).pipeThrough(stream));
    expect(await codeOf(() => stream.facts)).toBe('tag-mismatch');
  });
});

describe('what comes out, and when', () => {
  it('is a frame as soon as it is verified, before the next has come', async () => {
    const message = await encrypt(sample(25), { keyring, frameLength });
    const headerBytes = headerOf(message).bytes.length;
    const { readable, writable } = createDecryptStream({ keyring });
    const writer = writable.getWriter();
    const reader = readable.getReader();
    const first = reader.read();
    await writer.write(message.slice(0, headerBytes + 42));
    expect((await first).value).toEqual(sample(10));
    const second = reader.read();
    await writer.write(message.slice(headerBytes + 42));
    expect((await second).value).toEqual(sample(25).slice(10, 20));
    let last: unknown;
    const third = reader.read().then(({ value }) => {
      last = value;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    // It may not be the end yet.
    expect(last).toBeUndefined();
    await writer.close();
    await third;
    expect(last).toEqual(sample(25).slice(20));
    expect((await reader.read()).done).toBe(true);
  });

  it('is nothing from a frame that fails, nor after it', async () => {
    const message = await encrypt(sample(45), { keyring, frameLength });
    const second = headerOf(message).bytes.length + 42;
    const { bytes, error } = await open(flipBit(message, 8 * (second + 20)));
    expect(bytes).toEqual(sample(10));
    expect((error as EnvelopeError).code).toBe('tag-mismatch');
    expect((error as EnvelopeError).details).toEqual({ frame: 2 });
  });

  it('is never the last frame where bytes follow it', async () => {
    const message = await encrypt(sample(25), { keyring, frameLength });
    const result = await open(concatBytes(message, Uint8Array.of(0)));
    expect([0, 10, 20]).toContain(result.bytes.length);
    expect(codeIn(result)).toBe('length-mismatch');
  });
});

describe('signed messages', () => {
  const sealed = (plaintext: Bytes) => encrypt(plaintext, { keyring, suite: '0578', frameLength });

  it('are refused before anything comes out, unless asked for', async () => {
    const result = await open(await sealed(sample(25)));
    expect(result.bytes).toHaveLength(0);
    expect(codeIn(result)).toBe('signed-not-allowed');
  });

  it('are refused before the keyring is asked', async () => {
    const unwrap = () => expect.unreachable();
    const result = await open(await sealed(sample(25)), { keyring: { ...keyring, unwrap } });
    expect(codeIn(result)).toBe('signed-not-allowed');
  });

  it('keep their last frame until the signature is verified', async () => {
    const message = await sealed(sample(25));
    const result = await open(flipBit(message, 8 * message.length - 1), releasing);
    // What else was under way is not given out any more.
    expect([0, 10, 20]).toContain(result.bytes.length);
    expect(codeIn(result)).toBe('signature-mismatch');
  });

  it('of one frame give nothing without their signature', async () => {
    const message = await sealed(sample(7));
    for (const cut of [
      message.slice(0, -105),
      message.slice(0, -1),
      flipBit(message, 8 * message.length - 1),
    ]) {
      const result = await open(cut, releasing);
      expect(result.bytes).toHaveLength(0);
      expect(codeIn(result)).toMatch(/truncated|signature-mismatch/);
    }
  });
});

describe('limits', () => {
  it('are kept on a frame that a header claims', async () => {
    const message = await encrypt(sample(500), { keyring, frameLength: 100 });
    expect(codeIn(await open(message, { maxFrameBytes: 99 }))).toBe('limit-exceeded');
    expect(codeIn(await open(message, { maxFrameBytes: 100 }))).toBeUndefined();
  });

  it('are not those of a header whose frames are small in truth', async () => {
    const message = await encrypt(sample(500), { keyring, frameLength: 2 ** 32 - 1 });
    expect((await open(message)).bytes).toEqual(sample(500));
  });

  it('are 256 MiB unless given', async () => {
    const frame = 2 ** 28 + 1;
    const stream = createEncryptStream({ keyring, frameLength: frame });
    // Only the header and the first bytes of a frame.
    const { bytes } = await collect(streamOf(sample(5), 5).pipeThrough(stream));
    const header = headerOf(bytes).bytes;
    const message = concatBytes(header, Uint8Array.of(0, 0, 0, 1), new Uint8Array(100));
    expect(codeIn(await open(message))).toBe('limit-exceeded');
  });
});

describe('ends that are not the message’s', () => {
  it('an error of the input comes out as it is', async () => {
    const reason = new Error('the network went');
    for (const stream of [createDecryptStream({ keyring }), createEncryptStream({ keyring })]) {
      const failing = new ReadableStream<Bytes>({ pull: (controller) => controller.error(reason) });
      expect((await collect(failing.pipeThrough(stream))).error).toBe(reason);
    }
  });

  it('chunks that are not bytes', async () => {
    const text = new ReadableStream({
      start(controller) {
        controller.enqueue('text');
        controller.close();
      },
    });
    expect(codeIn(await collect(text.pipeThrough(createEncryptStream({ keyring }))))).toBe('bad-argument');
  });

  it('whoever stops reading stops the input', async () => {
    let cancelled: unknown;
    const endless = new ReadableStream<Bytes>({
      pull: (controller) => controller.enqueue(sample(50)),
      cancel(reason) {
        cancelled = reason;
      },
    });
    const reader = endless.pipeThrough(createEncryptStream({ keyring, frameLength })).getReader();
    await reader.read();
    await reader.read();
    await reader.cancel('enough');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(cancelled).toBe('enough');
  });

  it('a failure stops the input', async () => {
    let cancelled: unknown;
    const endless = new ReadableStream<Bytes>({
      pull: (controller) => controller.enqueue(new Uint8Array(50)),
      cancel(reason) {
        cancelled = reason;
      },
    });
    const { error } = await collect(endless.pipeThrough(createDecryptStream({ keyring })));
    expect(error).toBeInstanceOf(EnvelopeError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((cancelled as EnvelopeError).code).toBe('not-encrypted');
  });
});

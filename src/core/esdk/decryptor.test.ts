import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes } from '../bytes.ts';
import type { ObjectDecryptor } from '../object.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import {
  createEncryptStream,
  createMessageDataKeyKeyring,
  encrypt,
  type SuiteId,
  unlockMessage,
} from './esdk.ts';
import { createSealer } from './sealer.ts';
import { aesKeyring, collect, flipBit, headerOf, openRanges, sample, streamOf } from './test-messages.ts';

const keyring = await aesKeyring();
const frameLength = 10;
const plaintext = sample(45);
const seal = (suite: SuiteId = '0478', bytes = plaintext) => encrypt(bytes, { keyring, suite, frameLength });

async function decryptorOf(message: Bytes): Promise<ObjectDecryptor> {
  return (await unlockMessage(headerOf(message), { keyring })).decryptor(message.length);
}

async function openRange(
  decryptor: ObjectDecryptor,
  message: Bytes,
  start: number,
  end: number,
): Promise<Bytes> {
  const range = decryptor.objectRange({ start, end });
  return decryptor.open(start, message.slice(range.start, range.end));
}

describe('any range of frames', () => {
  it('opens to its own bytes, whatever else was opened', async () => {
    const message = await seal();
    const decryptor = await decryptorOf(message);
    expect(decryptor).toMatchObject({ plaintextLength: 45, granularity: 10, verifies: 'range' });
    const range = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 }));
    await fc.assert(
      fc.asyncProperty(range, async ([one, other]) => {
        const start = 10 * Math.min(one, other);
        const end = Math.min(45, 10 * (Math.max(one, other) + 1));
        expect(await openRange(decryptor, message, start, end)).toEqual(plaintext.slice(start, end));
      }),
    );
  });

  it('is fetched with no byte too many', async () => {
    const message = await seal();
    const header = headerOf(message).bytes.length;
    const decryptor = await decryptorOf(message);
    expect(decryptor.objectRange({ start: 10, end: 30 })).toEqual({
      start: header + 42,
      end: header + 3 * 42,
    });
    expect(decryptor.objectRange({ start: 0, end: 10 })).toEqual({ start: 0, end: header + 42 });
    expect(decryptor.objectRange({ start: 40, end: 45 })).toEqual({
      start: header + 4 * 42,
      end: message.length,
    });
  });

  it('is verified before it is returned', async () => {
    const message = await seal();
    const decryptor = await decryptorOf(message);
    const changed = flipBit(message, 8 * (headerOf(message).bytes.length + 42 + 20));
    expect(await codeOf(() => openRange(decryptor, changed, 10, 20))).toBe('tag-mismatch');
    expect(await openRange(decryptor, changed, 20, 30)).toEqual(plaintext.slice(20, 30));
  });

  it('is refused where it is not made of frames', async () => {
    const message = await seal();
    const decryptor = await decryptorOf(message);
    for (const [start, end] of [
      [5, 10],
      [0, 5],
      [10, 10],
      [40, 50],
      [-10, 0],
    ] as const) {
      expect(await codeOf(() => decryptor.objectRange({ start, end }))).toBe('bad-argument');
    }
    expect(await codeOf(() => decryptor.open(0, message.slice(0, -1)))).toBe('bad-argument');
    expect(await codeOf(() => decryptor.open(10, message.slice(0, 43)))).toBe('bad-argument');
    expect(await codeOf(() => decryptor.open(5, message.slice(0, 42)))).toBe('bad-argument');
  });

  it('is refused with the header of another message', async () => {
    const [message, other] = [await seal(), await seal()];
    const decryptor = await decryptorOf(message);
    expect(await codeOf(() => openRange(decryptor, other, 0, 10))).toBe('object-changed');
  });

  it('opens an empty message', async () => {
    const empty = await seal('0478', sample(0));
    expect(await openRanges(await decryptorOf(empty), empty, 1)).toEqual(sample(0));
  });

  it('opens full frames with an empty last one behind them, as AWS’s client for Node writes them', async () => {
    const sealer = await createSealer({ keyring, frameLength });
    const frames = [new Uint8Array(42), new Uint8Array(42), new Uint8Array(40)];
    for (const [index, frame] of frames.entries()) {
      const content = sample(20).slice(10 * index, 10 * index + 10);
      await sealer.sealFrame(index + 1, index === 2, content, frame);
    }
    const message = concatBytes(sealer.header, ...frames);
    const decryptor = await decryptorOf(message);
    expect(decryptor.plaintextLength).toBe(20);
    expect(await openRange(decryptor, message, 0, 10)).toEqual(sample(20).slice(0, 10));
    expect(await codeOf(() => decryptor.verify())).toBe('truncated');
    expect(await openRange(decryptor, message, 10, 20)).toEqual(sample(20).slice(10));
    expect(await codeOf(() => decryptor.verify())).toBe('no error');
  });
});

describe('the whole is verified', () => {
  it('once every frame has been opened, the last one too', async () => {
    const message = await seal();
    const decryptor = await decryptorOf(message);
    for (const [start, end] of [
      [20, 40],
      [0, 10],
      [0, 20],
    ] as const) {
      await openRange(decryptor, message, start, end);
      expect(await codeOf(() => decryptor.verify())).toBe('truncated');
    }
    await openRange(decryptor, message, 40, 45);
    expect(await codeOf(() => decryptor.verify())).toBe('no error');
  });

  it('not by a frame that failed', async () => {
    const message = await seal();
    const decryptor = await decryptorOf(message);
    await openRange(decryptor, message, 10, 45);
    const changed = flipBit(message, 8 * (headerOf(message).bytes.length + 20));
    expect(await codeOf(() => openRange(decryptor, changed, 0, 10))).toBe('tag-mismatch');
    expect(await codeOf(() => decryptor.verify())).toBe('truncated');
  });
});

describe('a signed message', () => {
  it.each([1, 2, 5])('is verified by its signature, in any order, by %d frames', async (framesInRange) => {
    const message = await seal('0578');
    for (const order of [(starts: number[]) => starts, (starts: number[]) => starts.reverse()]) {
      const decryptor = await decryptorOf(message);
      expect(decryptor.verifies).toBe('whole');
      expect(await openRanges(decryptor, message, framesInRange, order)).toEqual(plaintext);
    }
  });

  it.each([1, 5])('fails with another signature, by %d frames', async (framesInRange) => {
    const message = await seal('0578');
    const changed = flipBit(message, 8 * message.length - 1);
    const decryptor = await decryptorOf(changed);
    expect(await codeOf(() => openRanges(decryptor, changed, framesInRange))).toBe('signature-mismatch');
  });

  it('refuses a range in two versions', async () => {
    // Only who has the data key can make the second.
    const message = await seal('0578');
    const { dataKey } = await unlockMessage(headerOf(message), { keyring });
    const again = await unlockMessage(headerOf(message), { keyring: createMessageDataKeyKeyring(dataKey()) });
    const decryptor = again.decryptor(message.length);
    await openRange(decryptor, message, 40, 45);
    const other = flipBit(message, 8 * message.length - 1);
    expect(await codeOf(() => openRange(decryptor, other, 40, 45))).toBe('tag-mismatch');
  });

  it('finds the beginning of a signature of another length', async () => {
    const message = await seal('0578');
    // One byte less, as AWS's JavaScript clients may write it: the frames are the same, the signature is not.
    const shorter = concatBytes(message.slice(0, -105), Uint8Array.of(0, 102, 0x30, 100), sample(100));
    const unlocked = await unlockMessage(headerOf(message), { keyring });
    const decryptor = unlocked.decryptor(shorter.length, shorter.slice(-106));
    expect(decryptor.plaintextLength).toBe(45);
    expect(await codeOf(() => openRanges(decryptor, shorter, 1))).toBe('signature-mismatch');
    expect(await codeOf(() => unlocked.decryptor(message.length, new Uint8Array(106)))).toBe('truncated');
  });
});

it('opens what a stream wrote', async () => {
  const { bytes } = await collect(
    streamOf(plaintext, 4).pipeThrough(createEncryptStream({ keyring, frameLength })),
  );
  expect(await openRanges(await decryptorOf(bytes), bytes, 1)).toEqual(plaintext);
});

it('opens with the bare data key, and no other message with it', async () => {
  const [message, other] = [await seal(), await seal()];
  const dataKey = (await unlockMessage(headerOf(message), { keyring })).dataKey();
  const bare = createMessageDataKeyKeyring(dataKey);
  dataKey.fill(0);
  const unlocked = await unlockMessage(headerOf(message), { keyring: bare });
  expect(await openRanges(unlocked.decryptor(message.length), message, 1)).toEqual(plaintext);
  expect(await codeOf(() => unlockMessage(headerOf(other), { keyring: bare }))).toBe('commitment-mismatch');
});

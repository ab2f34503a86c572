import { describe, expect, test } from 'vitest';
import { freeMemory, leaveMemory, readInto, takeMemory, withRoom } from './memory.ts';

describe('memory that is left', () => {
  test('goes to the next who takes, as much of it as was asked for', () => {
    const first = takeMemory(1000);
    first.fill(7);
    leaveMemory(first);
    const second = takeMemory(600);
    expect(second.length).toBe(600);
    expect(second[0]).toBe(7);
    expect(takeMemory(600).buffer).not.toBe(second.buffer);
  });

  test('is gone for whoever still holds it', () => {
    const memory = takeMemory(100);
    const view = memory.subarray(10, 20);
    leaveMemory(memory);
    expect([memory.length, view.length]).toEqual([0, 0]);
  });

  test('is not given out for more than it holds', () => {
    leaveMemory(takeMemory(10));
    const large = 10 * 2 ** 20;
    expect(takeMemory(large).length).toBe(large);
  });

  test('has room behind it for what sealing adds', () => {
    const memory = takeMemory(1000);
    expect(withRoom(memory).length).toBeGreaterThan(1000 + 500);
    expect(withRoom(memory.subarray(10)).byteOffset).toBe(10);
  });

  test('that was transferred elsewhere is not left twice', () => {
    const memory = takeMemory(2000);
    structuredClone(memory.buffer, { transfer: [memory.buffer] });
    leaveMemory(memory);
    expect(takeMemory(2000).length).toBe(2000);
  });
});

test('memory that is freed is gone at once, time after time', async () => {
  for (let turn = 0; turn < 3; turn++) {
    const memory = new Uint8Array(1000);
    freeMemory(memory.subarray(10, 20));
    expect(memory.length).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

const numbers = (length: number) => Uint8Array.from({ length }, (_, index) => index);

type Pull = (controller: ReadableStreamDefaultController | ReadableByteStreamController) => void;

function streamBy(pull: Pull, type: 'bytes' | undefined): ReadableStream<Uint8Array> {
  return (
    type ? new ReadableStream({ type, pull }) : new ReadableStream({ pull })
  ) as ReadableStream<Uint8Array>;
}

function streamOf(chunks: readonly Uint8Array[], type?: 'bytes'): ReadableStream<Uint8Array> {
  const remaining = chunks.map((chunk) => chunk.slice());
  return streamBy((controller) => {
    const next = remaining.shift();
    if (next) return controller.enqueue(next);
    controller.close();
    // A read that waits with a view ends only when it is answered.
    if ('byobRequest' in controller) controller.byobRequest?.respond(0);
  }, type);
}

/** WebKit has no byte streams. */
const hasByteStreams = (() => {
  try {
    return new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }) !== undefined;
  } catch {
    return false;
  }
})();

describe.each([
  ['a stream', undefined],
  ...(hasByteStreams ? [['a byte stream', 'bytes'] as const] : []),
] as const)('readInto from %s', (_, type) => {
  const chunks = [numbers(3), numbers(0), numbers(50)].filter((chunk) => !type || chunk.length > 0);

  test('fills the memory and tells how far it is', async () => {
    const progress: number[] = [];
    const read = await readInto(streamOf(chunks, type), new Uint8Array(53), (bytes) => progress.push(bytes));
    expect(read && [...read]).toEqual([...numbers(3), ...numbers(50)]);
    expect(progress.at(-1)).toBe(53);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test('leaves what lies before and behind alone', async () => {
    const room = new Uint8Array(60).fill(255);
    const read = await readInto(streamOf(chunks, type), room.subarray(2, 55));
    const all = new Uint8Array(read?.buffer ?? new ArrayBuffer(0));
    expect([all[0], all[1], all[2], all[54], all[55]]).toEqual([255, 255, 0, 49, 255]);
  });

  test('returns fewer bytes where fewer came', async () => {
    expect((await readInto(streamOf(chunks, type), new Uint8Array(54)))?.length).toBe(53);
    expect((await readInto(streamOf([], type), new Uint8Array(54)))?.length).toBe(0);
  });

  test('refuses a stream that goes on', async () => {
    expect(await readInto(streamOf(chunks, type), new Uint8Array(52))).toBeUndefined();
  });

  test('passes on why a stream failed', async () => {
    const broken = streamBy((controller) => controller.error(new Error('cut')), type);
    await expect(readInto(broken, new Uint8Array(10))).rejects.toThrow('cut');
  });
});

test('readInto reads a Blob, a megabyte of it while the collector is busy', async () => {
  const blob = new Blob([numbers(200_000), numbers(848_576)]);
  const reading = readInto(blob.stream(), new Uint8Array(blob.size));
  for (let turn = 0; turn < 20; turn++) new Uint8Array(2 ** 22).fill(turn);
  const read = await reading;
  expect(read?.length).toBe(1_048_576);
  expect([read?.[199_999], read?.[200_000], read?.at(-1)]).toEqual([199_999 % 256, 0, 848_575 % 256]);
});

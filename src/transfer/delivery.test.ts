import { describe, expect, it } from 'vitest';
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { createSlots } from '../core/slots.ts';
import type { ReadableStore } from '../store/store.ts';
import { createDelivery } from './delivery.ts';
import { lockFile } from './lock-file.ts';
import type { ObjectFormat } from './objects.ts';
import type { Origin, Sink, StagedRange } from './sinks/sink.ts';
import { personalKeyring } from './test-objects.ts';

const MiB = 1024 ** 2;
const keyring = await personalKeyring();
const name = 'secret plans.txt';
const hooks = {
  onChecking() {},
  onFetching() {},
  onVerifying() {},
  onSaving() {},
  onReceived() {},
  onOffline() {},
};

/** Four ranges in either format, whose granularities differ. */
async function stored(format: ObjectFormat) {
  const content = new Uint8Array(25 * MiB).map((_, index) => (index * 2654435761) >>> 13);
  const length = content.length;
  const { encryptor, metadata } = await lockFile({ keyring, plaintextLength: length, name, format });
  const body = await encryptor.seal(0, content.slice());
  const reads: number[] = [];
  let failing = (_start: number) => false;
  const store: ReadableStore = {
    head: async (key) => ({ key, size: body.length, etag: '"e"', lastModified: new Date(0), metadata }),
    async read(_key, { start, end }) {
      if (failing(start)) throw new EnvelopeError('access-denied', 'no');
      reads.push(start);
      return body.slice(start, end);
    },
  };
  return {
    ...{ content, body, store, reads },
    fail: (when: (start: number) => boolean) => {
      failing = when;
    },
  };
}

/** What the disk is to a staged file: there for the next page, too. */
function disk(size: number) {
  const bytes = new Uint8Array(size);
  const noted: StagedRange[] = [];
  let origin: Origin | undefined;
  let delivered: Bytes | undefined;
  const sink = (found: readonly StagedRange[]): Sink => ({
    async write(position, part) {
      bytes.set(part, position);
    },
    async deliver() {
      delivered = bytes.slice();
    },
    async discard() {
      bytes.fill(0);
    },
    ledger: {
      found,
      async begin(begun) {
        origin = begun;
      },
      note: async (range) => void noted.push(range),
      read: async (position, length) => bytes.slice(position, position + length),
    },
  });
  return { bytes, noted, sink, origin: () => origin, delivered: () => delivered };
}

const equal = (a: Uint8Array | undefined, b: Uint8Array) => {
  expect(a?.length).toBe(b.length);
  expect(a?.findIndex((byte, index) => byte !== b[index])).toBe(-1);
};

describe.each(['s3ec', 'esdk'] as const)('a delivery of %s', (format) => {
  function deliver({ store }: Pick<Awaited<ReturnType<typeof stored>>, 'store'>, sink: Sink, etag?: string) {
    const request = { key: 'files/1', name, size: 25 * MiB, etag, keyring };
    const files = [{ request, at: 0 }];
    return createDelivery({ store, sink, slots: createSlots(2), files, size: request.size, archive: false });
  }
  const run = (delivery: ReturnType<typeof deliver>) => delivery.run(new AbortController().signal, hooks);

  it('that failed goes on with what is missing', async () => {
    const object = await stored(format);
    const { sink, delivered } = disk(25 * MiB);
    const delivery = deliver(object, sink([]));
    object.fail((start) => start > 15 * MiB);
    await expect(run(delivery)).rejects.toMatchObject({ code: 'access-denied' });
    expect(delivery.culprit()).toBeUndefined();
    const before = object.reads.length;
    object.fail(() => false);
    await run(delivery);
    expect(before).toBeGreaterThan(0);
    expect(new Set(object.reads).size).toBe(object.reads.length);
    equal(delivered(), object.content);
  });

  it('of a page that died is gone on with by the next, which trusts its MACs alone', async () => {
    const object = await stored(format);
    const { bytes, noted, sink, delivered, origin } = disk(25 * MiB);
    object.fail((start) => start > 15 * MiB);
    await expect(run(deliver(object, sink([])))).rejects.toMatchObject({ code: 'access-denied' });
    object.fail(() => false);
    expect(noted.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify([origin(), noted])).not.toContain('plans');

    const [kept, changed] = [...noted].sort((a, b) => a.start - b.start);
    if (!kept || !changed) throw new Error('nothing was staged');
    bytes[changed.start + 5] = (bytes[changed.start + 5] ?? 0) ^ 1;
    object.reads.length = 0;
    await run(deliver(object, sink([...noted])));
    equal(delivered(), object.content);
    expect(object.reads).not.toContain(0);
    expect(object.reads.some((start) => start >= changed.start && start < changed.end)).toBe(true);
  });

  it('of another object than was looked at is refused before a byte of it is read', async () => {
    const object = await stored(format);
    const { sink, delivered } = disk(25 * MiB);
    await expect(run(deliver(object, sink([]), '"d"'))).rejects.toMatchObject({ code: 'object-changed' });
    expect(object.reads).toEqual([]);
    expect(delivered()).toBeUndefined();
    await run(deliver(object, sink([]), '"e"'));
    equal(delivered(), object.content);
  });

  it('that waits for its key is stopped at once', async () => {
    const object = await stored(format);
    const never = () => new Promise<never>(() => {});
    const s3ec = { ...keyring.s3ec, unwrap: never };
    const request = { key: 'files/1', name, size: 25 * MiB, keyring: { s3ec, esdk: never } };
    const delivery = createDelivery({
      ...{ store: object.store, sink: disk(25 * MiB).sink([]), slots: createSlots(2) },
      ...{ files: [{ request, at: 0 }], size: request.size, archive: false },
    });
    const stop = new AbortController();
    const running = delivery.run(stop.signal, hooks);
    setTimeout(() => stop.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('refuses staged bytes under MACs of another object', async () => {
    const [mine, other] = [await stored(format), await stored(format)];
    const theirs = disk(25 * MiB);
    await run(deliver(other, theirs.sink([])));
    await run(deliver(mine, theirs.sink([...theirs.noted])));
    expect(mine.reads).toContain(0);
    expect(new Set(mine.reads).size).toBe(4);
  });
});

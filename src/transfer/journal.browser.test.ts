import { afterEach, expect, it, vi } from 'vitest';
import { utf8 } from '../core/bytes.ts';
import { type Journal, openJournal } from './journal.ts';
import { watchLeftovers } from './leftovers.ts';
import { lockPage, type PageLock } from './page-lock.ts';
import type { Unfinished } from './unfinished.ts';

async function journal(): Promise<Journal> {
  return (await openJournal()) ?? expect.fail('this browser keeps nothing');
}

const place = `files/${crypto.randomUUID()}/`;
const marker = 'Kündigung Müller.pdf';

function entry(changes: Partial<Unfinished> = {}): Unfinished {
  return { id: crypto.randomUUID(), place, page: 'gone', path: marker, size: 3, addedAt: 1, ...changes };
}

afterEach(async () => {
  const kept = await journal();
  await kept.remove(...(await kept.list(place)).map(({ id }) => id));
});

it('what is put is there for the next page, in the order it was added', async () => {
  const begun = { key: 'k', metadata: { 'x-amz-3': 'wrapped' }, partBytes: 8, uploadId: 'u' };
  const [second, first] = [entry({ addedAt: 2, begun, paused: true }), entry({ path: 'photos/a.jpg' })];
  await (await journal()).put(second, first);
  expect(await (await journal()).list(place)).toEqual([first, second]);
  expect(await (await journal()).list('files/another/')).toEqual([]);
});

it('parts are kept by number, and go with their upload', async () => {
  const kept = await journal();
  const [one, other] = [entry(), entry()];
  await kept.put(one, other);
  const digest = (number: number) => new Uint8Array(32).fill(number);
  for (const number of [10_000, 2, 1]) await kept.notePart(one.id, number, digest(number));
  await kept.notePart(other.id, 7, digest(7));
  await kept.notePart(one.id, 2, digest(2), '"of S3"');
  expect([...(await (await journal()).parts(one.id))]).toEqual([
    [1, { sha256: digest(1) }],
    [2, { sha256: digest(2), etag: '"of S3"' }],
    [10_000, { sha256: digest(10_000) }],
  ]);
  await kept.remove(one.id);
  expect((await kept.parts(one.id)).size).toBe(0);
  expect((await kept.parts(other.id)).size).toBe(1);
});

it('writes happen in the order in which they were asked for, however many at once', async () => {
  const kept = await journal();
  const [changed, removed, begun] = [entry(), entry({ addedAt: 2 }), entry({ addedAt: 3 })];
  const digest = new Uint8Array(32).fill(1);
  await Promise.all([
    kept.put(changed, removed),
    ...Array.from({ length: 20 }, (_, size) => kept.put({ ...changed, size })),
    kept.notePart(removed.id, 1, digest),
    kept.remove(removed.id),
    kept.put(begun),
    kept.notePart(begun.id, 1, digest),
  ]);
  expect(await kept.list(place)).toEqual([{ ...changed, size: 19 }, begun]);
  expect((await kept.parts(removed.id)).size).toBe(0);
  expect([...(await kept.parts(begun.id))]).toEqual([[1, { sha256: digest }]]);
});

it('what is in no hurry is written with the next, or by itself', async () => {
  const kept = await journal();
  const [first, second, third] = [entry(), entry({ addedAt: 2 }), entry({ addedAt: 3 })];
  await kept.put(first, second);
  const removed = kept.removeSoon(first.id);
  await kept.put(third);
  expect(await kept.list(place)).toEqual([second, third]);
  await removed;
  await kept.removeSoon(second.id);
  expect(await kept.list(place)).toEqual([third]);
});

it('an upload that cannot be kept takes no other with it', async () => {
  const kept = await journal();
  const [first, second] = [entry(), entry({ addedAt: 2 })];
  // Nothing that is a function can be stored.
  const impossible = entry({ whereabouts: { handle: (() => {}) as never } });
  const answers = await Promise.allSettled([
    kept.put(entry({ id: first.id })),
    kept.put(first),
    kept.put(impossible),
    kept.put(second),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(answers[2]).toMatchObject({ reason: { code: 'device-storage-refused' } });
  expect(await kept.list(place)).toEqual([first, second]);
});

it('a name is nowhere in the clear', async () => {
  await (await journal()).put(entry());
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('s3-envelope-uploads');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const all = (name: string) =>
    new Promise<unknown[]>((resolve) => {
      const asking = database.transaction(name).objectStore(name).getAll();
      asking.onsuccess = () => resolve(asking.result);
    });
  const rows = (await all('uploads')) as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(0);
  const seen = rows.map((row) =>
    Object.values(row).map((value) => (value instanceof Uint8Array ? [...value] : value)),
  );
  expect(JSON.stringify(seen)).not.toContain('Müller');
  expect(JSON.stringify(seen)).not.toContain(JSON.stringify([...utf8('Müller')]).slice(1, -1));
  for (const key of await all('keys')) {
    expect(key).toBeInstanceOf(CryptoKey);
    expect((key as CryptoKey).extractable).toBe(false);
  }
  database.close();
});

it('what a page that is gone has left is one page’s alone', async () => {
  const left = [entry(), entry()];
  const another = entry({ place: 'files/another/' });
  await (await journal()).put(...left, another);
  expect(await (await journal()).pages(place)).toEqual(['gone']);
  const claims = await Promise.all(
    ['a', 'b', 'c'].map(async (page) => (await journal()).claim(place, 'gone', page)),
  );
  expect(claims.map((claimed) => claimed.length).sort()).toEqual([0, 0, 2]);
  const [owner] = claims.filter((claimed) => claimed.length > 0).map(([first]) => first?.page);
  for (const { page } of await (await journal()).list(place)) expect(page).toBe(owner);
  expect(await (await journal()).pages(place)).toEqual([owner]);
  expect(await (await journal()).list('files/another/')).toEqual([another]);
  await (await journal()).remove(another.id);
});

it('thousands are taken over in portions, the oldest first', async () => {
  const kept = await journal();
  const left = Array.from({ length: 1050 }, (_, index) => entry({ addedAt: index, path: `${index}` }));
  await kept.put(...left.toReversed());
  const portions: string[][] = [];
  for (;;) {
    const claimed = await kept.claim(place, 'gone', 'mine');
    if (claimed.length === 0) break;
    portions.push(claimed.map(({ path }) => path));
  }
  expect(portions.flat()).toEqual(left.map(({ path }) => path));
  expect(portions.length).toBeGreaterThan(1);
});

it('a folder is kept once for all that is found below it, and no longer than that', async () => {
  // Not every engine gives handles; what can be stored will do.
  const folder = { kind: 'directory', name: 'photos' } as FileSystemHandle;
  const count = () =>
    new Promise<number>((resolve, reject) => {
      const opening = indexedDB.open('s3-envelope-uploads');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const counting = opening.result.transaction('sources').objectStore('sources').count();
        counting.onsuccess = () => {
          opening.result.close();
          resolve(counting.result);
        };
      };
    });
  const below = ['2024/a.jpg', '2024/b.jpg'];
  const [first, second] = below.map((path) => entry({ whereabouts: { handle: folder, below: path } }));
  if (!first || !second) return expect.fail('two were made');
  const kept = await journal();
  await kept.put(first);
  await kept.put(second, { ...first, paused: true });
  expect(await count()).toBe(1);

  const next = await journal();
  const claimed = await next.claim(place, 'gone', 'mine');
  expect(claimed.map(({ whereabouts }) => whereabouts?.below).sort()).toEqual(below);
  for (const { whereabouts } of claimed) expect(whereabouts?.handle).toEqual(folder);
  await next.remove(first.id);
  expect(await count()).toBe(1);
  await next.remove(second.id);
  expect(await count()).toBe(0);
});

it('a page is told what others have left, and what they still work on', async () => {
  const [mine, other] = await Promise.all([lockPage(), lockPage()]);
  const [lock, living] = [mine, other].map((each) => each ?? expect.fail('no Web Locks')) as [
    PageLock,
    PageLock,
  ];
  expect(await lock.living()).toEqual(new Set([...(await lock.living()), lock.page, living.page]));
  const [gone, theirs, own] = [entry(), entry({ page: living.page }), entry({ page: lock.page })];
  await (await journal()).put(gone, theirs, own);
  const taken: string[] = [];
  const elsewhere: string[] = [];
  await watchLeftovers(await journal(), place, lock, {
    onTaken: (entries) => taken.push(...entries.map(({ id }) => id)),
    onElsewhere: (entries) => elsewhere.push(...entries.map(({ id }) => id)),
  });
  expect(taken).toEqual([gone.id]);
  expect(elsewhere).toEqual([theirs.id]);
});

async function locked(): Promise<PageLock> {
  return (await lockPage()) ?? expect.fail('no Web Locks');
}

it('nothing is taken from a page that comes while others are looked for', async () => {
  const [lock, kept] = [await locked(), await journal()];
  const taken: string[] = [];
  let comes = true;
  /** Another page comes and puts something on record, right after this page has asked whatever it asks first. */
  async function another(): Promise<void> {
    if (!comes) return;
    comes = false;
    await kept.put(entry({ page: (await locked()).page }));
  }
  const after = <T>(answer: Promise<T>) => answer.then(async (told) => another().then(() => told));
  await watchLeftovers(
    { ...kept, pages: (at) => after(kept.pages(at)) },
    place,
    { ...lock, living: () => after(lock.living()) },
    { onTaken: (entries) => taken.push(...entries.map(({ id }) => id)), onElsewhere() {} },
  );
  expect(comes).toBe(false);
  expect(taken).toEqual([]);
});

it('however many pages go, those that stay are looked at in one row', async () => {
  const [lock, kept, ...others] = [await locked(), await journal(), await locked(), await locked()];
  await kept.put(...others.map(({ page }) => entry({ page })));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let looks = 0;
    const gone: (() => void)[] = [];
    const going = new Promise<void>((resolve) => {
      const onElsewhere = () => {
        if (++looks === 3) resolve();
      };
      const goes: PageLock = {
        ...lock,
        gone: () => new Promise((tell) => gone.push(tell)),
      };
      void watchLeftovers(kept, place, goes, { onTaken() {}, onElsewhere }).then(() => {
        for (const tell of gone) tell();
      });
    });
    await going;
    expect(gone).toHaveLength(2);
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

it('a part is on the disk before it leaves, unless it is its upload', async () => {
  const kept = await journal();
  const { transaction } = IDBDatabase.prototype;
  const strict: boolean[] = [];
  IDBDatabase.prototype.transaction = function (...given) {
    const begun = transaction.apply(this, given);
    strict.push(begun.durability === 'strict');
    return begun;
  };
  try {
    const [small, large] = [entry(), entry({ addedAt: 2 })];
    const digest = new Uint8Array(32).fill(1);
    await kept.put(large);
    const begun = { key: 'k', metadata: {}, partBytes: 3, sha256: digest };
    await kept.put({ ...small, begun });
    await kept.notePart(large.id, 1, digest);
    expect((await kept.list(place)).map((one) => one.begun?.sha256)).toEqual([digest, undefined]);
    await kept.remove(small.id);
    expect(strict).toEqual([false, false, true, false, false]);
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
});

it('what became of an upload of one part, and what it was before, leaves nothing behind', async () => {
  const kept = await journal();
  const digest = new Uint8Array(32).fill(1);
  const begun = { key: 'k', metadata: {}, partBytes: 3 };
  const [grown, shrunk] = [entry(), entry({ addedAt: 2 })];
  // Another file in its place, of several parts, and the other way round.
  await kept.put({ ...grown, begun: { ...begun, sha256: digest } });
  await kept.put({ ...grown, begun });
  await kept.notePart(grown.id, 1, digest);
  await kept.put({ ...shrunk, begun });
  await kept.notePart(shrunk.id, 1, digest);
  await kept.remove(shrunk.id);
  await kept.put({ ...shrunk, begun: { ...begun, sha256: digest } });
  await kept.remove(grown.id, shrunk.id);
  expect(await kept.list(place)).toEqual([]);
  for (const { id } of [grown, shrunk]) expect((await kept.parts(id)).size).toBe(0);
});

it('a connection that the browser has lost is made anew', async () => {
  const { transaction } = IDBDatabase.prototype;
  const lost = new WeakSet<IDBDatabase>();
  const connections = new Set<IDBDatabase>();
  IDBDatabase.prototype.transaction = function (...given) {
    connections.add(this);
    if (lost.has(this)) throw new DOMException('The connection was closed', 'InvalidStateError');
    return transaction.apply(this, given);
  };
  const loseAll = () => {
    for (const one of connections) lost.add(one);
  };
  try {
    const kept = await journal();
    const [before, during] = [entry(), entry()];
    await kept.put(before);
    loseAll();
    await Promise.all([kept.put(during), kept.notePart(before.id, 1, new Uint8Array(32).fill(1))]);
    loseAll();
    expect((await kept.list(place)).map(({ id, path }) => [id, path])).toEqual(
      expect.arrayContaining([before, during].map(({ id, path }) => [id, path])),
    );
    expect([...(await kept.parts(before.id)).keys()]).toEqual([1]);
    await kept.remove(before.id, during.id);
    expect(kept.isClosed).toBe(false);
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
});

// The last ones: what is opened here is another database from then on.
it('a later version finds nothing of what this page goes on with by itself', async () => {
  const [kept, next] = [await journal(), await journal()];
  const [mine, waiting] = [entry({ page: 'mine' }), entry()];
  await next.put(waiting);
  await kept.put(mine);
  await kept.notePart(mine.id, 1, new Uint8Array(32));
  expect(await kept.claim(place, 'gone', 'mine')).toHaveLength(1);
  expect(kept.isClosed).toBe(false);

  const later = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('s3-envelope-uploads', 1000);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const keysOf = (name: string) =>
    new Promise<IDBValidKey[]>((resolve) => {
      const asking = later.transaction(name).objectStore(name).getAllKeys();
      asking.onsuccess = () => resolve(asking.result);
    });
  const [uploads, parts] = [await keysOf('uploads'), await keysOf('parts')];
  later.close();
  indexedDB.deleteDatabase('s3-envelope-uploads');
  expect(uploads).not.toContain(mine.id);
  expect(parts).toEqual([]);
  expect(kept.isClosed).toBe(true);
  await expect(kept.put(mine)).rejects.toMatchObject({ code: 'device-storage-refused' });
  await kept.remove(mine.id);
  // What it had not written may still be there, also if it tried to write it since.
  await expect(kept.notePart(waiting.id, 1, new Uint8Array(32))).rejects.toMatchObject({
    code: 'device-storage-refused',
  });
  await expect(kept.remove(waiting.id)).rejects.toMatchObject({ code: 'device-storage-refused' });
});

it('what a page of version 2 has left is taken up with its parts', async () => {
  const digest = new Uint8Array(32).fill(1);
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('s3-envelope-uploads').onsuccess = resolve;
  });
  const request = indexedDB.open('s3-envelope-uploads', 2);
  const left = { ...entry(), begun: { key: 'k', metadata: {}, partBytes: 3 } };
  request.onupgradeneeded = () => {
    const uploads = request.result.createObjectStore('uploads', { keyPath: 'id' });
    uploads.createIndex('place', ['place', 'page', 'addedAt']);
    uploads.createIndex('source', 'source');
    for (const name of ['parts', 'keys', 'sources']) request.result.createObjectStore(name);
  };
  const before = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const nameKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const iv = new Uint8Array(12);
  const additionalData = utf8(left.id);
  const path = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, nameKey, utf8(marker));
  const writing = before.transaction(['uploads', 'parts', 'keys'], 'readwrite');
  writing.objectStore('uploads').put({ ...left, path: new Uint8Array([...iv, ...new Uint8Array(path)]) });
  writing.objectStore('parts').put(digest, [left.id, 1]);
  writing.objectStore('keys').put(nameKey, 'names');
  await new Promise((resolve) => {
    writing.oncomplete = resolve;
  });
  before.close();

  const kept = await journal();
  expect(await kept.list(place)).toEqual([left]);
  expect([...(await kept.parts(left.id))]).toEqual([[1, { sha256: digest }]]);
  expect((await kept.claim(place, 'gone', 'mine')).map(({ id }) => id)).toEqual([left.id]);
  await kept.remove(left.id);
  expect((await kept.parts(left.id)).size).toBe(0);
});

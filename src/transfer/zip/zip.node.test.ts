/** Archives as other programs read them: a strict reader here, and Python's and Info-ZIP's where they are found. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnvelopeError } from '../../core/errors.ts';
import { createSlots } from '../../core/slots.ts';
import type { ReadableStore } from '../../store/store.ts';
import { createDelivery, type Delivery } from '../delivery.ts';
import type { DownloadRequest } from '../download-request.ts';
import { lockFile } from '../lock-file.ts';
import type { ObjectFormat, ObjectKeyring } from '../objects.ts';
import type { Sink } from '../sinks/sink.ts';
import { personalKeyring, type StoredObject } from '../test-objects.ts';
import { createArchive } from './archive.ts';

const MiB = 1024 ** 2;
const modified = new Date(Date.UTC(2026, 10, 21, 7, 30, 10));
let keyring: ObjectKeyring;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-envelope-zip-'));
  keyring = await personalKeyring();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function seal(
  name: string,
  content: Uint8Array<ArrayBuffer>,
  format: ObjectFormat,
): Promise<StoredObject> {
  const { encryptor, metadata } = await lockFile({ keyring, name, plaintextLength: content.length, format });
  return { body: await encryptor.seal(0, content), metadata };
}

/** Real objects, in memory; ranges are answered in no particular order. */
function storeOf(objects: ReadonlyMap<string, StoredObject>): ReadableStore {
  const find = (key: string) => objects.get(key) as StoredObject;
  return {
    async head(key) {
      const { body, metadata } = find(key);
      return { key, size: body.length, etag: '"e"', lastModified: modified, metadata };
    },
    async read(key, { start, end }) {
      await new Promise((resolve) => setTimeout(resolve, 10 * Math.random()));
      return find(key).body.slice(start, end);
    },
  };
}

function collector(size: number) {
  const bytes = new Uint8Array(size);
  const written: [number, number][] = [];
  const state = { delivered: false, discarded: false };
  const sink: Sink = {
    async write(position, part) {
      written.push([position, position + part.length]);
      bytes.set(part, position);
    },
    async deliver() {
      state.delivered = true;
    },
    async discard() {
      state.discarded = true;
    },
  };
  return { sink, bytes, state, written };
}

const hooks = {
  onChecking() {},
  onFetching() {},
  onVerifying() {},
  onSaving() {},
  onReceived() {},
  onOffline() {},
};

async function archiveOf(contents: Readonly<Record<string, Uint8Array<ArrayBuffer>>>) {
  const objects = new Map<string, StoredObject>();
  const requests: DownloadRequest[] = [];
  for (const [name, content] of Object.entries(contents)) {
    const key = `key ${requests.length}`;
    // Both formats, in turn.
    objects.set(key, await seal(name, content, requests.length % 2 === 0 ? 's3ec' : 'esdk'));
    requests.push({ key, name, size: content.length, keyring });
  }
  const { size, files, complete } = createArchive(requests);
  const collected = collector(size);
  const delivery: Delivery = createDelivery({
    store: storeOf(objects),
    sink: collected.sink,
    slots: createSlots(4),
    size,
    archive: true,
    files,
    complete,
  });
  return { ...collected, objects, run: () => delivery.run(new AbortController().signal, hooks), delivery };
}

/** Reads every record, takes nothing on trust, and lets no byte of the archive go unexplained. */
function readStrictly(zip: Uint8Array): Map<string, { content: Uint8Array; mode: number }> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  const found = new Map<string, { content: Uint8Array; mode: number }>();
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  expect(view.getUint16(end + 8, true)).toBe(count);
  const directoryAt = view.getUint32(end + 16, true);
  expect(directoryAt + view.getUint32(end + 12, true)).toBe(end);
  let local = 0;
  let central = directoryAt;
  for (let entry = 0; entry < count; entry++) {
    expect(view.getUint32(central, true)).toBe(0x02014b50);
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    expect(view.getUint32(central + 42, true)).toBe(local);
    // Flags, method, time, CRC, sizes, length of the name: the same in both, byte by byte.
    const shared = (at: number) => zip.slice(at, at + 24).join();
    expect(shared(central + 6)).toBe(shared(local + 4));
    expect(view.getUint16(local + 6, true)).toBe(1 << 11);
    expect(view.getUint16(local + 8, true)).toBe(0);
    const size = view.getUint32(local + 18, true);
    expect(view.getUint32(local + 22, true)).toBe(size);
    const [nameLength, extra] = [view.getUint16(local + 26, true), view.getUint16(local + 28, true)];
    expect(view.getUint16(central + 30, true)).toBe(extra);
    const name = new TextDecoder('utf-8', { fatal: true }).decode(
      zip.slice(local + 30, local + 30 + nameLength),
    );
    const dataAt = local + 30 + nameLength + extra;
    const content = zip.slice(dataAt, dataAt + size);
    expect(crc32(content)).toBe(view.getUint32(local + 14, true));
    const seconds = view.getUint32(local + 30 + nameLength + 5, true);
    expect(seconds).toBe(modified.getTime() / 1000);
    found.set(name, { content, mode: view.getUint16(central + 40, true) });
    local = dataAt + size;
    central += 46 + nameLength + extra;
  }
  expect(local).toBe(directoryAt);
  expect(central).toBe(end);
  return found;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function onDisk(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  const file = await open(path, 'w');
  await file.write(bytes);
  await file.close();
  return path;
}

function has(program: string, ...parameters: string[]): boolean {
  const found = spawnSync(program, parameters).status === 0;
  if (!found) console.log(`${program} is not here: its reading of the zip is not tried`);
  return found;
}

describe('a zip of files', () => {
  const contents: Record<string, Uint8Array<ArrayBuffer>> = {
    'photos/2026/größe 😀.jpg': new Uint8Array(randomBytes(19 * MiB + 3)),
    'photos/empty/': new Uint8Array(0),
    'nothing.txt': new Uint8Array(0),
    '../../outside.txt': new Uint8Array(randomBytes(100)),
    'photos/2026/GRÖSSE 😀.jpg': new Uint8Array([1]),
    'Nothing.txt': new Uint8Array([2]),
    '.hidden': new Uint8Array(randomBytes(16)),
  };
  const expected: Record<string, Uint8Array | undefined> = {
    'photos/2026/größe 😀.jpg': contents['photos/2026/größe 😀.jpg'],
    'photos/empty/': new Uint8Array(0),
    'nothing.txt': new Uint8Array(0),
    '_/_/outside.txt': contents['../../outside.txt'],
    'photos/2026/GRÖSSE 😀.jpg': new Uint8Array([1]),
    'Nothing (2).txt': new Uint8Array([2]),
    '.hidden': contents['.hidden'],
  };

  it('holds them, to the byte', async () => {
    const { run, bytes, state, written } = await archiveOf(contents);
    await run();
    expect(state).toEqual({ delivered: true, discarded: false });
    // Every byte is written, and none twice.
    let at = 0;
    for (const [from, to] of written.sort(([a], [b]) => a - b)) {
      expect(from).toBe(at);
      at = to;
    }
    expect(at).toBe(bytes.length);
    const found = readStrictly(bytes);
    expect([...found.keys()]).toEqual(Object.keys(expected));
    for (const [name, { content, mode }] of found) {
      expect(sha256(content)).toBe(sha256(expected[name] ?? randomBytes(1)));
      expect(mode.toString(8)).toBe(name.endsWith('/') ? '40755' : '100644');
    }
  });

  it('is read by others as well', async () => {
    const { run, bytes } = await archiveOf(contents);
    await run();
    const path = await onDisk('others.zip', bytes);
    if (has('unzip', '-v')) {
      expect(execFileSync('unzip', ['-tq', path], { encoding: 'utf8' })).toContain('No errors detected');
    }
    if (has('python3', '--version')) {
      const script =
        'import sys,json,hashlib,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
        'print(json.dumps({i.filename:hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))';
      const read = JSON.parse(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }));
      const digests = Object.entries(expected).map(([name, content]) => [
        name,
        sha256(content ?? randomBytes(1)),
      ]);
      expect(read).toEqual(Object.fromEntries(digests));
    }
  });

  it('of nothing at all is one, too', async () => {
    const { run, bytes } = await archiveOf({});
    await run();
    expect(readStrictly(bytes).size).toBe(0);
  });

  it('is not delivered where one file is not what was sealed, and says which', async () => {
    const { run, objects, state, delivery } = await archiveOf({
      'good.txt': new Uint8Array(randomBytes(20)),
      'bad.txt': new Uint8Array(randomBytes(20)),
      'also good.txt': new Uint8Array(randomBytes(20)),
    });
    const bad = objects.get('key 1');
    if (bad) bad.body[bad.body.length - 20] = (bad.body.at(-20) ?? 0) ^ 1;
    await expect(run()).rejects.toMatchObject({ code: 'tag-mismatch' });
    expect(delivery.culprit()?.name).toBe('bad.txt');
    expect(state.delivered).toBe(false);
  });

  it('blames no file for a device that is full', async () => {
    const { run, sink, delivery } = await archiveOf({ 'one.txt': new Uint8Array(randomBytes(20)) });
    sink.write = () => Promise.reject(new EnvelopeError('device-full', 'no room'));
    await expect(run()).rejects.toMatchObject({ code: 'device-full' });
    expect(delivery.culprit()).toBeUndefined();
  });
});

describe('a zip beyond 4 GiB', () => {
  it('is read by others as well', async () => {
    if (!has('python3', '--version')) return;
    const sizes = { 'large.bin': 2 ** 32 + 5, 'after.txt': 6 };
    const { size, files, complete } = createArchive(
      Object.entries(sizes).map(([name, size]) => ({ key: name, name, size, keyring })),
    );
    const path = join(folder, 'large.zip');
    const file = await open(path, 'w');
    await file.truncate(size);
    const sink: Sink = {
      write: async (position, bytes) => void (await file.write(bytes, 0, bytes.length, position)),
      async deliver() {},
      async discard() {},
    };
    const content = new TextEncoder().encode('behind');
    await files[1]?.see?.(0, content);
    await sink.write(files[1]?.at ?? 0, content);
    for (const { onVerified, request } of files) {
      onVerified?.({ key: request.key, size: 0, etag: '', lastModified: modified, metadata: {} });
    }
    await complete(sink);
    await file.close();
    const script =
      'import sys,json,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n' +
      'print(json.dumps([{i.filename:i.file_size for i in z.infolist()},z.read("after.txt").decode(),len(z.open("large.bin").read(10))]))';
    const read = JSON.parse(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }));
    expect(read).toEqual([sizes, 'behind', 10]);
  });
});

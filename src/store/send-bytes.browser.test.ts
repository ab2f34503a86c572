import { describe, expect, test } from 'vitest';
import { concatBytes, toHex } from '../core/bytes.ts';
import { leaveMemory, takeMemory, whereNow } from '../core/memory.ts';
import { sendBytes } from './send-bytes.ts';

const MiB = 1024 ** 2;
const url = '/body';

function bodyOf(length: number) {
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  return concatBytes(...Array.from({ length: Math.ceil(length / piece.length) }, () => piece)).slice(
    0,
    length,
  );
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

const put = { method: 'PUT', url, headers: {} };
const text = (body: ArrayBuffer) => new TextDecoder().decode(body);

test.each([0, 1, MiB - 1, MiB, 9 * MiB])(
  'a body of %i bytes arrives as it is, and is there afterwards',
  async (length) => {
    const body = bodyOf(length);
    const expected = await digest(body);
    const left: number[] = [];
    const answer = await sendBytes({ ...put, body, onProgress: (bytes) => left.push(bytes) });
    expect([answer.status, text(answer.body)]).toEqual([200, expected]);
    expect(await digest(whereNow(body))).toBe(expected);
    if (length > 0) expect(left.at(-1)).toBe(length);
  },
);

test('a body can be sent again, from where it is by then', async () => {
  const body = bodyOf(2 * MiB);
  const expected = await digest(body);
  for (let time = 0; time < 3; time++) {
    const answer = await sendBytes({ ...put, body: whereNow(body) });
    expect(text(answer.body)).toBe(expected);
  }
});

test('of no body none has to leave before the answer is waited for', async () => {
  // Longer than a byte that has to leave may take, and not longer than an answer may.
  const headers = { 'answer-after': '1000' };
  expect((await sendBytes({ ...put, headers, body: bodyOf(0), stallsAfter: 400 })).status).toBe(200);
});

test('many at once arrive as they are', async () => {
  const bodies = Array.from({ length: 24 }, (_, index) => bodyOf(8 * MiB - index));
  const expected = await Promise.all(bodies.map(digest));
  const answers = await Promise.all(bodies.map((body) => sendBytes({ ...put, body })));
  expect(answers.map(({ body }) => text(body))).toEqual(expected);
});

test('what has no body overtakes the bodies that wait', async () => {
  let answered = 0;
  const bodies = Array.from({ length: 48 }, async () => {
    await sendBytes({ ...put, body: bodyOf(MiB / 2) });
    answered += 1;
  });
  // By then all of them are asked for.
  await fetch(url, { method: 'POST' });
  expect(answered).toBeLessThan(24);
  await Promise.all(bodies);
});

test('a body that waits its turn can be cancelled', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const bodies = Array.from({ length: 24 }, () => sendBytes({ ...put, body: bodyOf(1000), signal }));
  controller.abort();
  const ends = await Promise.allSettled(bodies);
  expect(ends.map(({ status }) => status)).toEqual(bodies.map(() => 'rejected'));
  expect((await sendBytes({ ...put, body: bodyOf(1000) })).status).toBe(200);
});

test.each([1000, 2 * MiB])('a body of %i bytes that is cancelled is there afterwards', async (length) => {
  const body = bodyOf(length);
  const expected = await digest(body);
  const controller = new AbortController();
  const sent = sendBytes({ ...put, body, signal: controller.signal });
  controller.abort();
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  expect(await digest(whereNow(body))).toBe(expected);
});

test.each([1000, 2 * MiB])('a body of %i bytes that nobody takes is there afterwards', async (length) => {
  const body = bodyOf(length);
  const expected = await digest(body);
  // A port that browsers refuse to ask.
  const sent = sendBytes({ ...put, url: 'http://127.0.0.1:1/', body });
  await expect(sent).rejects.toMatchObject({ name: 'NetworkError' });
  expect(await digest(whereNow(body))).toBe(expected);
});

test('its memory is for whoever takes some next', async () => {
  const body = takeMemory(3 * MiB).fill(7);
  await sendBytes({ ...put, body });
  const now = whereNow(body);
  leaveMemory(body);
  expect([body.length, now.length]).toEqual([0, 0]);
  expect(takeMemory(3 * MiB)[0]).toBe(7);
});

const patience = { timeout: 30_000 };

async function sending(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle('sending', { create: true });
}

async function spools(): Promise<FileSystemDirectoryHandle[]> {
  const found: FileSystemDirectoryHandle[] = [];
  for await (const handle of (await sending()).values()) found.push(handle as FileSystemDirectoryHandle);
  return found;
}

// Others keep no copies of bodies that were sent, and send bytes.
if ('userAgentData' in navigator) {
  describe('what leaves lies in files', () => {
    test('while it leaves, as it is sent, and not for longer', async () => {
      await sendBytes({ ...put, body: bodyOf(2 * MiB) });
      const [used] = await spools();
      if (!used) throw new Error('there is none');
      const files: number[] = [];
      for await (const handle of used.values()) {
        if (handle.kind === 'file') files.push((await (handle as FileSystemFileHandle).getFile()).size);
      }
      expect(files.length).toBeGreaterThan(0);
      // One of an earlier page, which could not tidy up.
      await (await sending()).getDirectoryHandle('left behind', { create: true });
      await expect
        .poll(async () => (await spools()).map(({ name }) => name), patience)
        .toEqual(['left behind']);
      await sendBytes({ ...put, body: bodyOf(2 * MiB) });
      await expect.poll(async () => (await spools()).map(({ name }) => name), patience).toEqual([]);
    });

    test('and goes without one where its file cannot be made', async () => {
      const body = bodyOf(2 * MiB);
      const expected = await digest(body);
      await sendBytes({ ...put, body: bodyOf(2 * MiB) });
      // As somebody who clears the site's data does.
      await (await navigator.storage.getDirectory()).removeEntry('sending', { recursive: true });
      const answer = await sendBytes({ ...put, body });
      expect([answer.status, text(answer.body)]).toEqual([200, expected]);
    });
  });
}

import { expect, test } from 'vitest';
import type { RecordReply, RecordRequest } from '../transfer/stream/protocol.ts';
import { createRecordStream } from './record-stream.ts';

/** A page that answers each pull as it is told; what it heard. */
function page(answer: (pull: number) => RecordReply | undefined) {
  const { port1, port2 } = new MessageChannel();
  const heard: RecordRequest['kind'][] = [];
  port2.onmessage = ({ data }: MessageEvent<RecordRequest>) => {
    heard.push(data.kind);
    if (data.kind !== 'pull') return;
    const reply = answer(heard.filter((kind) => kind === 'pull').length);
    if (reply) port2.postMessage(reply, reply.kind === 'record' ? [reply.bytes.buffer] : []);
  };
  return { port: port1, heard };
}

const record = (...bytes: number[]): RecordReply => ({ kind: 'record', bytes: new Uint8Array(bytes) });
const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

test('every byte arrives in order, and the page hears when the last one is taken', async () => {
  const { port, heard } = page((pull) => record(2 * pull, 2 * pull + 1));
  const { body, ended } = createRecordStream(port, 40);
  const taken = new Uint8Array(await new Response(body).arrayBuffer());
  expect([...taken]).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
  await ended;
  await expect.poll(() => heard.length).toBe(21);
  expect(heard).toEqual([...Array.from({ length: 20 }, () => 'pull'), 'end']);
});

test('a reader that waits holds the page back, one record for each pull', async () => {
  const { port, heard } = page((pull) => record(pull));
  const { body } = createRecordStream(port, 1000);
  await expect.poll(() => heard.length).toBe(8);
  await settled();
  expect(heard).toHaveLength(8);
  const reader = body.getReader();
  expect((await reader.read()).value).toEqual(new Uint8Array([1]));
  await expect.poll(() => heard.length).toBe(9);
  await settled();
  expect(heard).toHaveLength(9);
  await reader.cancel();
  await expect.poll(() => heard.slice(9)).toEqual(['cancel']);
});

test('the page is not told that all is taken while records wait', async () => {
  const { port, heard } = page((pull) => record(pull));
  const { body, ended } = createRecordStream(port, 3);
  await expect.poll(() => heard.length).toBe(3);
  await settled();
  expect(heard).toEqual(['pull', 'pull', 'pull']);
  expect(await new Response(body).arrayBuffer()).toHaveProperty('byteLength', 3);
  await ended;
});

test.each([
  ['the page fails', (): RecordReply => ({ kind: 'fail' })],
  ['a record is empty', () => record()],
  ['more comes than there is', () => record(1, 2, 3, 4)],
])('the response is an error when %s', async (_, wrong) => {
  const { port } = page((pull) => (pull === 1 ? record(1, 2) : wrong()));
  const { body, ended } = createRecordStream(port, 5);
  await expect(new Response(body).arrayBuffer()).rejects.toThrow();
  await ended;
});

test('the response is an error when the page is gone in the middle', async () => {
  const { port, heard } = page((pull) => (pull < 3 ? record(pull) : undefined));
  const { body, ended, fail } = createRecordStream(port, 100);
  const reading = new Response(body).arrayBuffer();
  reading.catch(() => {});
  await expect.poll(() => heard.length).toBe(3);
  fail();
  await expect(reading).rejects.toThrow();
  await ended;
});

test('nothing is a response, too', async () => {
  const { port } = page(() => undefined);
  const { body, ended } = createRecordStream(port, 0);
  expect(await new Response(body).arrayBuffer()).toHaveProperty('byteLength', 0);
  await ended;
});

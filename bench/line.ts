import { type AddressInfo, createConnection, createServer } from 'node:net';
import { startLine } from './cloud.ts';
import type { Row } from './measure.ts';

const bytesSent = 512 * 1024 ** 2;

/** What the line lets through, paced and unpaced: it must be able to do far more than it is paced to. */
export async function measureLine(bitsPerSecond: number): Promise<Row[]> {
  const rows = [];
  for (const rate of [0, bitsPerSecond]) {
    const name = rate ? `line, paced to ${rate / 1e9} Gbit/s` : 'line, unpaced';
    const value = (8 * (await throughput(rate))) / 1e9;
    rows.push({ name, value, unit: 'Gbit/s', note: 'over four connections' });
  }
  return rows;
}

/** Bytes a second towards a server that only counts. */
async function throughput(bitsPerSecond: number): Promise<number> {
  let received = 0;
  let start = 0;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = createServer((socket) => {
    socket.on('data', ({ length }) => {
      received += length;
      if (received >= bytesSent) finish();
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await startLine((server.address() as AddressInfo).port, bitsPerSecond);
  const piece = Buffer.alloc(256 * 1024);
  start = performance.now();
  const clients = Array.from({ length: 4 }, () => {
    const client = createConnection({ port: line.announced.port, host: '127.0.0.1' });
    let left = bytesSent / 4;
    const fill = () => {
      while (left > 0) {
        left -= piece.length;
        if (!client.write(piece)) return;
      }
    };
    client.on('drain', fill);
    client.on('error', () => {});
    client.on('connect', fill);
    return client;
  });
  await finished;
  const seconds = (performance.now() - start) / 1000;
  for (const client of clients) client.destroy();
  await line.stop();
  server.close();
  return received / seconds;
}

/**
 * A TCP proxy on 127.0.0.1 that lets only so many bytes a second pass, all connections together, towards the
 * server and back accounted for apart: a network line, as far as throughput goes.
 *
 *   --target PORT   where to
 *   --rate BYTES    a second; 0 for as fast as it goes
 */
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { target: { type: 'string' }, rate: { type: 'string' } } });
const target = Number(values.target);
const rate = Number(values.rate ?? 0);

/** Milliseconds that an idle line may catch up: timers are late by one or two. */
const slack = 4;

const upstream = createLine();
const downstream = createLine();

const server = createServer({ noDelay: true }, (client) => {
  const service = createConnection({ port: target, host: '127.0.0.1', noDelay: true });
  pump(client, service, upstream);
  pump(service, client, downstream);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.once('SIGTERM', () => process.exit(0));

/** A token bucket kept as the time at which the bytes that were let in so far have passed. */
function createLine(): (bytes: number) => number {
  let free = 0;
  return (bytes) => {
    if (!rate) return 0;
    const now = performance.now();
    free = Math.max(free, now - slack) + (bytes / rate) * 1000;
    return free - now;
  };
}

function pump(from: Socket, to: Socket, line: (bytes: number) => number): void {
  let holds = 0;
  const hold = () => {
    holds++;
    from.pause();
  };
  const release = () => {
    if (--holds === 0) from.resume();
  };
  from.on('data', (bytes) => {
    const wait = line(bytes.length);
    if (wait >= 1) {
      hold();
      setTimeout(release, wait);
    }
    if (!to.write(bytes)) {
      hold();
      to.once('drain', release);
    }
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

import type { RecordReply, RecordRequest } from '../transfer/stream/protocol.ts';

/** Records in the queue of a response: two starve on a slow network and stall Firefox, eight do not. */
const queuedRecords = 8;

/** Milliseconds between looks at whether the browser has taken the last record. */
const lookAgain = 20;

export interface RecordStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Settles once the response has ended, in whatever way. Never rejects. */
  readonly ended: Promise<void>;
  /** Breaks the response off, so that nothing of it counts as complete. */
  fail(): void;
}

/**
 * So many bytes, asked for record by record on a port. One record for each pull: Firefox (128 and later) loses the
 * back-pressure of a response where a pull brings several. A record too many, too few bytes or a failure of the page
 * is an error of the stream: what closes without one counts as complete.
 */
export function createRecordStream(port: MessagePort, length: number): RecordStream {
  let left = length;
  let over = false;
  let end = () => {};
  let source: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const ended = new Promise<void>((resolve) => {
    end = () => {
      over = true;
      port.onmessage = null;
      resolve();
    };
  });
  const say = (request: RecordRequest) => port.postMessage(request);

  function fail(): void {
    if (over) return;
    source.error(new TypeError('the page could not go on'));
    end();
  }

  async function close(): Promise<void> {
    // What waits in the queue is not saved yet, and the page tells a person when it is.
    while (!over && (source.desiredSize ?? 0) < queuedRecords) await wait(lookAgain);
    if (over) return;
    source.close();
    say({ kind: 'end' });
    end();
  }

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        source = controller;
        if (left === 0) void close();
      },
      pull() {
        if (over || left === 0) return;
        return new Promise<void>((resolve) => {
          void ended.then(resolve);
          port.onmessage = ({ data }: MessageEvent<RecordReply>) => {
            port.onmessage = null;
            if (over) return;
            if (data.kind === 'record' && data.bytes.length > 0 && data.bytes.length <= left) {
              left -= data.bytes.length;
              source.enqueue(data.bytes);
              if (left === 0) void close();
            } else {
              fail();
            }
            resolve();
          };
          say({ kind: 'pull' });
        });
      },
      cancel() {
        if (over) return;
        say({ kind: 'cancel' });
        end();
      },
    },
    { highWaterMark: queuedRecords },
  );
  return { body, ended, fail };
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

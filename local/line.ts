/** Lets so many bytes pass, by waiting until they would have come through. */
export type Line = (bytes: number) => Promise<void> | undefined;

/** What comes in and what goes out, accounted for apart. */
export interface Lines {
  readonly up: Line;
  readonly down: Line;
}

/**
 * Milliseconds that the line may catch up: what a network brings while this process is busy waits for it in the
 * sockets' buffers.
 */
const slack = 50;

/** A network line as far as throughput goes, shared by whatever goes through it: bytes a second. */
export function createLine(rate: number): Line {
  // A token bucket, kept as the time at which all that was let in so far has passed.
  let free = 0;
  return (bytes) => {
    const now = performance.now();
    free = Math.max(free, now - slack) + (bytes / rate) * 1000;
    const wait = free - now;
    return wait < 1 ? undefined : new Promise((resolve) => setTimeout(resolve, wait));
  };
}

/** Passes everything on when the line has let it through. */
export async function* through(line: Line, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await line(chunk.length);
    yield chunk;
  }
}

import type { Bytes } from '../bytes.ts';
import { lanes } from './lanes.ts';

/** Work on one frame, and how much memory it ties up. */
export interface FrameTask {
  readonly bytes: number;
  run(): Promise<Bytes>;
}

/** Above this much under way, no further frame is begun. */
const maxBytesUnderWay = 16 * 2 ** 20;

/**
 * Runs tasks beside each other as they come, and yields what comes of them in their order, as soon as may be.
 * Throws the first failure in that order, and yields nothing more once no task can come.
 */
export async function* inOrder(tasks: AsyncGenerator<FrameTask>): AsyncGenerator<Bytes> {
  const underWay: { readonly bytes: number; readonly result: Promise<Bytes> }[] = [];
  let bytes = 0;
  for (;;) {
    const coming = ignoringFailure(tasks.next());
    for (let first = underWay[0]; first; first = underWay[0]) {
      const full = underWay.length >= lanes || bytes >= maxBytesUnderWay;
      if (!full && (await isFirst(coming, first.result))) break;
      underWay.shift();
      bytes -= first.bytes;
      yield await first.result;
    }
    const { done, value } = await orFailureOf(underWay, coming);
    if (done) break;
    underWay.push({ bytes: value.bytes, result: ignoringFailure(value.run()) });
    bytes += value.bytes;
  }
  for (const { result } of underWay) yield await result;
}

/** What comes; if nothing can, because of a failure, then the earlier failure of what is under way, if there is one. */
async function orFailureOf<T>(
  underWay: readonly { readonly result: Promise<unknown> }[],
  coming: Promise<T>,
): Promise<T> {
  try {
    return await coming;
  } catch (error) {
    for (const { result } of underWay) await result;
    throw error;
  }
}

/** Whether one settles before the other. */
function isFirst(one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  const settled = (promise: Promise<unknown>, answer: boolean) =>
    promise.then(
      () => answer,
      () => answer,
    );
  return Promise.race([settled(one, true), settled(other, false)]);
}

/** Whoever awaits it meets the failure; nobody may, after an earlier one. */
function ignoringFailure<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** An upload whose page dies, and the page that goes on with it. Both tell of each part that they send. */
import type { ObjectStore } from '../../src/store/store.ts';
import { connection, pickedFile } from './cloud.ts';
import { firstRow, openQueue, storeAll } from './queue.ts';

declare global {
  /** What DevTools listens to. */
  function tellBench(text: string): void;
}

function countedStore(): ObjectStore {
  const { store } = connection();
  return {
    ...store,
    sendPart(...args) {
      tellBench('a part');
      return store.sendPart(...args);
    },
  };
}

export async function beginUpload(): Promise<void> {
  await storeAll(await openQueue({ store: countedStore() }), [pickedFile()]);
}

/** The unfinished upload gets its file again. */
export async function resumeUpload(): Promise<void> {
  const queue = await openQueue({ store: countedStore() });
  const { id } = await firstRow(queue, ({ need }) => need === 'file');
  if (!queue.uploads.provide(id, pickedFile())) throw new Error('another file than before');
  await queue.stored(1);
}

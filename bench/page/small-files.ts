/** All of the picked files, which are small; each resolves with its seconds. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { inLanes, time } from './clock.ts';
import { connection, ownClient, pickedFiles } from './cloud.ts';
import { openQueue, storeAll } from './queue.ts';

/** As many as our queue has on their way. */
const inFlight = 12;

export async function storeFiles(journal: boolean): Promise<number> {
  const queue = await openQueue({ journal });
  const files = pickedFiles();
  return time(() => storeAll(queue, files));
}

/** The SDK's PUT of each file itself, on our request path, without a checksum. */
export async function putFiles(): Promise<number> {
  const { info, prefix } = connection();
  const client = ownClient();
  const files = pickedFiles();
  return time(() =>
    inLanes(files, inFlight, async (Body) => {
      const target = { Bucket: info.bucket, Key: prefix + crypto.randomUUID() };
      await client.send(new PutObjectCommand({ ...target, Body }));
    }),
  );
}

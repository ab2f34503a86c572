import type { Cloud } from '../local/cloud.ts';
import { createHoldersKeyring } from '../src/app/holders-keyring.ts';
import { lockFile } from '../src/transfer/lock-file.ts';
import type { ObjectFormat } from '../src/transfer/objects.ts';
import { readKeyFile } from '../src/vault/key-file.ts';
import { administratorOf } from './administrator.ts';
import type { Backup, MadeFile } from './steps.ts';

/** Stores a file as the app of that person does, in one piece and without a browser; its key. */
export async function storeFor(
  cloud: Cloud,
  { text, identityId }: Backup,
  { name, buffer }: MadeFile,
  format: ObjectFormat,
): Promise<string> {
  const { key: personal } = await readKeyFile(new Blob([text]));
  const keyring = createHoldersKeyring({ personal });
  const locked = await lockFile({ keyring, plaintextLength: buffer.length, name, format });
  const body = Buffer.from(await locked.encryptor.seal(0, new Uint8Array(buffer)));
  const key = `files/${identityId}/${crypto.randomUUID()}`;
  await administratorOf(cloud).put({ key, body, metadata: locked.metadata });
  return key;
}

import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { defaultInstructionSuffix } from '../core/s3ec/s3ec.ts';
import { aborting } from '../store/asking.ts';
import { type Cancellable, connect, type Settings, type Target } from './settings.ts';

export interface DeleteObjectInput extends Target, Cancellable {
  /** That version alone; the instruction file, which belongs to the newest, then stays. */
  readonly VersionId?: string | undefined;
}

export interface DeleteObjectOutput {
  readonly DeleteMarker: boolean | undefined;
  readonly VersionId: string | undefined;
}

/** See `S3EncryptionClient.deleteObject`. */
export async function deleteObject(
  settings: Settings,
  input: DeleteObjectInput,
): Promise<DeleteObjectOutput> {
  const { Bucket, Key, VersionId } = input;
  const { client, ask, always, signal } = connect(settings, input, input);
  const remove = (key: string, version: string | undefined) =>
    ask('DeleteObject', signal, () =>
      client.send(
        new DeleteObjectCommand({ ...always, Bucket, Key: key, VersionId: version }),
        aborting(signal),
      ),
    );
  const answer = await remove(Key, VersionId);
  if (VersionId === undefined) await remove(Key + defaultInstructionSuffix, undefined);
  return { DeleteMarker: answer.DeleteMarker, VersionId: answer.VersionId };
}

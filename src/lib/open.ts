import {
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import {
  type Envelope,
  instructionFileKey,
  parseEnvelope,
  type UnlockedObject,
  unlockEnvelope,
} from '../core/s3ec/s3ec.ts';
import { aborting, visible } from '../store/asking.ts';
import type { ObjectHead } from '../store/store.ts';
import { type EnvelopeFacts, factsOf } from './facts.ts';
import { type FoundInstructionFile, fetchInstructionFile } from './instruction-file.ts';
import type { Connection, OpenOptions, Settings } from './settings.ts';

/** An object as HEAD tells of it, and its instruction file where it needs one. */
export interface LookedAt {
  readonly answer: HeadObjectCommandOutput;
  readonly head: ObjectHead;
  readonly instructionFileKey: string | undefined;
  readonly instructionFile: FoundInstructionFile | null | undefined;
}

/** Looks at an object without opening anything. */
export async function lookAt(
  connection: Connection,
  target: HeadObjectCommandInput & { Bucket: string; Key: string },
  suffix: string | undefined,
): Promise<LookedAt> {
  const { client, ask, always, signal } = connection;
  const answer = await ask('HeadObject', signal, () =>
    client.send(new HeadObjectCommand({ ...always, ...target }), aborting(signal)),
  );
  const head: ObjectHead = {
    key: target.Key,
    size: visible(answer.ContentLength, 'Content-Length'),
    etag: visible(answer.ETag, 'ETag'),
    lastModified: answer.LastModified ?? new Date(0),
    metadata: answer.Metadata ?? {},
  };
  const fileKey = instructionFileKey(target.Key, head.metadata, suffix);
  const instructionFile =
    fileKey === undefined ? undefined : await fetchInstructionFile(connection, target.Bucket, fileKey);
  return { answer, head, instructionFileKey: fileKey, instructionFile };
}

/** What `unlockEnvelope` takes: the call's own wishes before the client's settings. */
export function openingOptions(settings: Settings, options: OpenOptions) {
  return {
    keyring: settings.keyring,
    commitmentPolicy: options.commitmentPolicy ?? settings.commitmentPolicy,
    encryptionContext: options.encryptionContext,
    legacy: { ...settings.legacy, ...options.legacy },
  };
}

/** Parses the envelope and has the data key unwrapped. */
export async function unlock(
  settings: Settings,
  { head, instructionFile, instructionFileKey }: LookedAt,
  options: OpenOptions,
): Promise<{
  readonly envelope: Envelope;
  readonly facts: EnvelopeFacts;
  readonly unlocked: UnlockedObject;
}> {
  const opening = openingOptions(settings, options);
  const envelope = parseEnvelope(head.metadata, {
    instructionFile: instructionFile?.body ?? (instructionFile === null ? null : undefined),
    legacy: opening.legacy,
  });
  return {
    envelope,
    facts: factsOf(envelope, instructionFileKey),
    unlocked: await unlockEnvelope(envelope, opening),
  };
}

/** Both sides of messages: ours in this process, theirs asked through an oracle, files between them. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import type { CloudInfo } from '../../../local/cloud.ts';
import { type CommitmentPolicy, decrypt, encrypt, parseHeader, type SuiteId } from '../../../src/lib/esdk.ts';
import { fromKmsClient } from '../../../src/lib/kms.ts';
import type { Oracle } from '../oracle.ts';
import { type Digest, digestOf, plaintextOf } from '../plaintext.ts';
import { kmsMessageKey, type MessageKey, multiKey, newRawAesKey, newRawRsaKey } from './keys.ts';

/** 0 for the one piece of a message that is not framed. */
export type FrameLength = number;

export interface Shape {
  readonly suite: SuiteId;
  readonly frameLength: FrameLength;
  readonly key: MessageKey;
  readonly length: number;
}

export interface EsdkRig {
  readonly context: Readonly<Record<string, string>>;
  readonly aes256: MessageKey;
  readonly kms: MessageKey;
  /** For each: what it is written with, and what it is opened with. */
  readonly pairs: readonly {
    readonly title: string;
    readonly write: MessageKey;
    readonly read: MessageKey;
  }[];
  /** Gives the path of a message. */
  weWrite(shape: Shape): Promise<string>;
  theyWrite(oracle: Oracle, shape: Shape): Promise<string>;
  weRead(path: string, key: MessageKey, policy: CommitmentPolicy): Promise<Digest>;
  theyRead(oracle: Oracle, path: string, key: MessageKey, policy: CommitmentPolicy): Promise<Digest>;
  remove(path: string): Promise<void>;
}

/** Of letters that sort by their bytes otherwise than by UTF-16 or by a dictionary. */
export const encryptionContext = {
  purpose: 'interoperability',
  B: 'upper',
  a: 'lower',
  '\uff5e': 'wide',
  '\u{1f511}': 'key',
};
/** What a command line and an HTTP header carry. */
export const plainContext = { purpose: 'interoperability', B: 'upper', a: 'lower' };

export async function openEsdkRig(
  { endpoint, region, kmsKeyArn, accessKeyId, secretAccessKey }: CloudInfo,
  folder: string,
  context: Readonly<Record<string, string>> = encryptionContext,
): Promise<EsdkRig> {
  const credentials = { accessKeyId, secretAccessKey };
  const kms = kmsMessageKey(fromKmsClient(new KMSClient({ endpoint, region, credentials })), kmsKeyArn);
  const raw = {
    aes128: await newRawAesKey(128),
    aes192: await newRawAesKey(192),
    aes256: await newRawAesKey(256),
    rsa1: await newRawRsaKey('SHA-1'),
    rsa256: await newRawRsaKey('SHA-256'),
    rsa384: await newRawRsaKey('SHA-384'),
    rsa512: await newRawRsaKey('SHA-512'),
  };
  const multi = multiKey(kms, [raw.aes256, raw.rsa256]);
  const alone = [...Object.values(raw), kms].map((key) => ({ title: key.title, write: key, read: key }));
  const oneOf = [kms, raw.aes256, raw.rsa256].map((key) => ({
    title: `all of ${multi.title}; opened by ${key.title}`,
    ...{ write: multi, read: key },
  }));
  let made = 0;
  const newPath = () => join(folder, `message-${++made}`);

  function checkContext(found: Readonly<Record<string, string>>): void {
    const wrong = Object.entries(context).find(([name, value]) => found[name] !== value);
    if (wrong) throw new Error(`opened with another encryption context: ${JSON.stringify(found)}`);
  }

  return {
    context,
    aes256: raw.aes256,
    kms,
    pairs: [...alone, ...oneOf],

    async weWrite({ suite, frameLength, key, length }) {
      const path = newPath();
      const options = { keyring: key.ours, suite, frameLength, encryptionContext: context };
      await writeFile(
        path,
        await encrypt(plaintextOf(length), { ...options, commitmentPolicy: writingPolicy(suite) }),
      );
      return path;
    },

    async theyWrite(oracle, { suite, frameLength, key, length }) {
      const to = newPath();
      await oracle.ask('encrypt', {
        ...{ suite, frameLength, length, to, encryptionContext: context },
        ...{ keyring: key.theirs, commitmentPolicy: writingPolicy(suite) },
      });
      const header = parseHeader(new Uint8Array(await readFile(to)));
      if (!('value' in header)) throw new Error('written without a whole header');
      const { suite: found, frameLength: frames } = header.value;
      if (found.id !== suite || frames !== frameLength) {
        throw new Error(`written as suite ${found.id} in frames of ${frames}`);
      }
      return to;
    },

    async weRead(path, { ours }, commitmentPolicy) {
      const message = new Uint8Array(await readFile(path));
      const opened = await decrypt(message, { keyring: ours, commitmentPolicy });
      checkContext(opened.encryptionContext);
      return digestOf(opened.plaintext);
    },

    async theyRead(oracle, from, key, commitmentPolicy) {
      const opened = (await oracle.ask('decrypt', {
        ...{ from, keyring: key.theirs, commitmentPolicy, encryptionContext: context },
      })) as Digest & { encryptionContext: Record<string, string> };
      checkContext(opened.encryptionContext);
      return opened;
    },

    remove: (path) => rm(path, { force: true }),
  };
}

export function commits(suite: SuiteId): boolean {
  return suite === '0478' || suite === '0578';
}

export function writingPolicy(suite: SuiteId): CommitmentPolicy {
  return commits(suite) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
}

/** Read as strictly as each suite can be. */
export function readingPolicy(suite: SuiteId): CommitmentPolicy {
  return commits(suite) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
}

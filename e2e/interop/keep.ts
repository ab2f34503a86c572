/**
 * `npm run interop -- --keep`: keeps small objects that AWS's clients wrote, as vectors of the schemas in
 * src/core/s3ec/vectors and src/core/esdk/vectors, for the ordinary tests. What KMS would answer is kept with them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHeader, type SuiteId } from '../../src/lib/esdk.ts';
import type { KmsClient } from '../../src/lib.ts';
import { type Client, isReady, type ReadyClient } from './clients.ts';
import type { OracleKeyring } from './esdk/keys.ts';
import { type EsdkRig, readingPolicy as messagePolicy } from './esdk/rig.ts';
import { expectedDigest } from './plaintext.ts';
import { refusalIn } from './s3ec/abilities.ts';
import { encryptionContext, type Way, ways } from './s3ec/objects.ts';
import { type Rig, readingPolicy } from './s3ec/rig.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

const expectation = (length: number) => {
  const { sha256 } = expectedDigest(length);
  return { ok: true, plaintextLength: length, plaintextSha256: sha256 };
};

function writeFolder(folder: string, files: Readonly<Record<string, object>>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 1)}\n`);
  }
}

const objectLengths = [0, 1, 1000];

/** What opens the key that KMS wrapped, without KMS. */
async function tableOf(kms: KmsClient, keyId: string, ciphertextBlob: string, context: object) {
  const pairs = context as Readonly<Record<string, string>>;
  const { plaintext } = await kms.decrypt({
    keyId,
    ciphertextBlob: new Uint8Array(Buffer.from(ciphertextBlob, 'base64')),
    encryptionContext: pairs,
  });
  return [{ ciphertextBlob, encryptionContext: pairs, plaintext: base64(plaintext) }];
}

export async function keepObjects(
  rig: Rig,
  kms: KmsClient,
  clients: readonly Client[],
  folder: string,
): Promise<void> {
  const keys: Record<string, object> = {};

  async function vectorOf({ oracle }: ReadyClient, way: Way, length: number, id: string) {
    const key = await rig.theyWrite(oracle, way, { title: String(length), bytes: length });
    const { body, metadata } = await rig.stored(key);
    const file = way.envelope === 'metadata' ? null : await rig.stored(`${key}.instruction`);
    const theirs = rig.keys[way.key].theirs;
    const envelope = {
      ...metadata,
      ...(file && (JSON.parse(Buffer.from(file.body).toString()) as Record<string, string>)),
    };
    let keyring: object;
    if (theirs.kind === 'kms') {
      const blob = envelope['x-amz-3'] ?? envelope['x-amz-key-v2'] ?? '';
      const context = JSON.parse(envelope['x-amz-t'] ?? envelope['x-amz-matdesc'] ?? '{}') as object;
      keyring = {
        ...{ type: 'kms', keyId: theirs.keyId },
        table: await tableOf(kms, theirs.keyId, blob, context),
      };
    } else {
      const { materialsDescription } = theirs;
      keys[theirs.kind] =
        theirs.kind === 'aes'
          ? { type: 'aes', bits: 256, material: theirs.key }
          : { type: 'rsa', bits: 2048, privatePem: pemOf(theirs.pkcs8) };
      keyring = { type: theirs.kind, key: theirs.kind, materialsDescription };
    }
    return {
      id,
      note: `${way.format}, ${way.key}, ${way.envelope}, ${length} bytes`,
      object: { metadata, body: base64(body) },
      instruction: file && { suffix: '.instruction', body: base64(file.body) },
      keyring,
      options: {
        commitmentPolicy: readingPolicy(way.format),
        ...(way.key === 'KMS' && { encryptionContext }),
      },
      expect: expectation(length),
    };
  }

  const files: Record<string, object> = {};
  for (const client of clients.filter(isReady)) {
    const vectors = [];
    for (const way of ways) {
      if (way.upload === 'multipart' || refusalIn(client.id, 'write', way)) continue;
      for (const length of objectLengths) {
        vectors.push(await vectorOf(client, way, length, `${client.id}-${vectors.length + 1}`));
      }
    }
    files[client.id] = { schema: 1, group: client.title, vectors };
  }
  writeFolder(folder, { keys: { schema: 1, keys }, ...files });
}

const messageLength = 600;
const frameLength = 256;
const suites192: readonly SuiteId[] = ['0146', '0346', '0046'];
const suites: readonly SuiteId[] = [
  ...(['0478', '0578', '0178', '0378', '0114', '0214', '0078', '0014'] as const),
  ...suites192,
];

export async function keepMessages(
  rig: EsdkRig,
  kms: KmsClient,
  clients: readonly Client[],
  folder: string,
): Promise<void> {
  const keys: Record<string, object> = {};

  /** As the schema has it. */
  async function keyringOf(theirs: OracleKeyring, message: Uint8Array<ArrayBuffer>): Promise<object> {
    switch (theirs.kind) {
      case 'raw-aes': {
        keys[theirs.name] = { type: 'aes', material: theirs.key };
        const { namespace: keyNamespace, name: keyName } = theirs;
        return { type: 'raw-aes', keyNamespace, keyName, key: keyName };
      }
      case 'raw-rsa': {
        keys[theirs.name] = { type: 'rsa', privatePem: theirs.privatePem };
        const { namespace: keyNamespace, name: keyName } = theirs;
        const padding = `oaep-${theirs.hash.toLowerCase()}`;
        return { type: 'raw-rsa', keyNamespace, keyName, key: keyName, padding };
      }
      case 'kms': {
        const parsed = parseHeader(message);
        if (!('value' in parsed)) throw new Error('a message without a whole header');
        const { encryptedDataKeys, storedContext } = parsed.value;
        const blob = encryptedDataKeys.find(({ providerId }) => providerId === 'aws-kms')?.ciphertext;
        const table = await tableOf(kms, theirs.keyId, base64(blob ?? new Uint8Array()), storedContext);
        return { type: 'kms', keyId: theirs.keyId, table };
      }
      default:
        throw new Error('one key opens a vector');
    }
  }

  const files: Record<string, object> = {};
  for (const { oracle, id, title } of clients.filter(isReady)) {
    const plainly = { title: rig.aes256.title, write: rig.aes256, read: rig.aes256 };
    const unframed = id === 'node-esdk' ? [] : (['0478', '0378'] as const);
    const shapes = [
      ...suites.map((suite) => ({ suite, frameLength, pair: plainly })),
      ...unframed.map((suite) => ({ suite, frameLength: 0, pair: plainly })),
      ...rig.pairs.map((pair) => ({ suite: '0578' as const, frameLength, pair })),
    ];
    const vectors = [];
    for (const { pair, ...shape } of shapes) {
      const path = await rig.theyWrite(oracle, { ...shape, key: pair.write, length: messageLength });
      const message = new Uint8Array(await readFile(path));
      await rig.remove(path);
      vectors.push({
        id: `${id}-${vectors.length + 1}`,
        suite: shape.suite,
        keyring: await keyringOf(pair.read.theirs, message),
        options: {
          commitmentPolicy: messagePolicy(shape.suite),
          reproducedEncryptionContext: rig.context,
        },
        ...((suites192.includes(shape.suite) || pair.title === 'raw AES 192') && { needs: ['aes-192'] }),
        expect: expectation(messageLength),
        source: `${title}: ${shape.suite}, ${shape.frameLength === 0 ? 'not framed' : 'framed'}, ${pair.title}`,
        ciphertext: base64(message),
      });
    }
    files[id] = { schema: 1, group: title, vectors };
  }
  writeFolder(folder, { keys: { schema: 1, keys }, ...files });
}

function pemOf(pkcs8: string): string {
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

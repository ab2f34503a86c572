/** The AWS Encryption SDK for JavaScript in Node: lines of JSON in, lines of JSON out, told apart by `id`. */
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import esdk from '@aws-crypto/client-node';
import { KMS } from '@aws-sdk/client-kms';

const { buildClient, KmsKeyringNode, MultiKeyringNode, RawAesKeyringNode, RawRsaKeyringNode } = esdk;
const cloud = JSON.parse(process.argv[2]);
const { accessKeyId, secretAccessKey, endpoint } = cloud;
const clientProvider = (region) =>
  new KMS({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });

const versionOf = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;

function keyring(options) {
  const { kind, namespace: keyNamespace, name: keyName } = options;
  if (kind === 'raw-aes') {
    // A copy of its own: the SDK takes no view of a larger buffer. Sorted as the specification says.
    const unencryptedMasterKey = Uint8Array.from(Buffer.from(options.key, 'base64'));
    const wrappingSuite = { 16: 0x0014, 24: 0x0046, 32: 0x0078 }[unencryptedMasterKey.length];
    return new RawAesKeyringNode({
      ...{ keyNamespace, keyName, unencryptedMasterKey, wrappingSuite },
      utf8Sorting: true,
    });
  }
  if (kind === 'raw-rsa') {
    const rsaKey = { publicKey: options.publicPem, privateKey: options.privatePem };
    return new RawRsaKeyringNode({ keyNamespace, keyName, rsaKey, oaepHash: options.hash.toLowerCase() });
  }
  if (kind === 'kms') return new KmsKeyringNode({ generatorKeyId: options.keyId, clientProvider });
  return new MultiKeyringNode({
    generator: keyring(options.generator),
    children: options.children.map(keyring),
  });
}

function plaintext(length) {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

const commands = {
  async hello() {
    return {
      version: versionOf('@aws-crypto/client-node'),
      runtime: `Node ${process.versions.node.split('.')[0]}`,
    };
  },
  async encrypt({
    commitmentPolicy,
    suite,
    frameLength,
    keyring: options,
    length,
    encryptionContext = {},
    to,
  }) {
    const { result } = await buildClient(commitmentPolicy).encrypt(keyring(options), plaintext(length), {
      ...{ encryptionContext, frameLength },
      suiteId: Number.parseInt(suite, 16),
      plaintextLength: length,
    });
    writeFileSync(to, result);
    return {};
  },
  async decrypt({ commitmentPolicy, keyring: options, from }) {
    const { plaintext: opened, messageHeader } = await buildClient(commitmentPolicy).decrypt(
      keyring(options),
      readFileSync(from),
    );
    return {
      length: opened.length,
      sha256: createHash('sha256').update(opened).digest('hex'),
      encryptionContext: messageHeader.encryptionContext,
    };
  },
};

/** An error and its causes, as `class: message`. */
function chain(error) {
  const found = [];
  for (let each = error; each && found.length < 8; each = each.cause)
    found.push(`${each.name}: ${each.message}`);
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...request } = JSON.parse(line);
  const answer = await commands[command](request).then(
    (result) => ({ result }),
    (error) => ({ error: chain(error) }),
  );
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
}

/** The keys and aliases of the local KMS, on disk. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { accountId, type PolicyDocument, region } from '../contract.ts';
import { openJsonFile } from '../json-file.ts';
import { ServiceError } from '../service-error.ts';

export interface Key {
  readonly id: string;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly manager: 'AWS' | 'CUSTOMER';
  enabled: boolean;
  rotates: boolean;
  /** Set while the key waits to be deleted. */
  deletedAt?: number;
  policy: PolicyDocument;
  /** Base64, the newest last. */
  readonly materials: string[];
}

export interface Alias {
  /** `alias/documents` */
  readonly name: string;
  keyId: string;
}

export interface Keys {
  readonly all: () => readonly Key[];
  readonly aliases: Alias[];
  create(options: { description?: string; policy?: PolicyDocument; manager?: Key['manager'] }): Key;
  /** By id, ARN, and unless `aliases` is false by alias or alias ARN. @throws NotFoundException */
  find(reference: string, aliases?: boolean): Key;
  save(): void;
}

const arnPrefix = `arn:aws:kms:${region}:${accountId}:`;

export function keyArn(key: { readonly id: string }): string {
  return `${arnPrefix}key/${key.id}`;
}

export function aliasArn(name: string): string {
  return arnPrefix + name;
}

export function openKeys(dataDir: string): Keys {
  const file = openJsonFile<{ keys: Key[]; aliases: Alias[] }>(join(dataDir, 'kms.json'), () => ({
    keys: [],
    aliases: [],
  }));
  const state = file.value;
  const removeDeleted = () => {
    const gone = state.keys.filter((key) => key.deletedAt !== undefined && key.deletedAt <= Date.now());
    for (const key of gone) state.keys.splice(state.keys.indexOf(key), 1);
    for (const alias of state.aliases.filter(({ keyId }) => gone.some(({ id }) => id === keyId))) {
      state.aliases.splice(state.aliases.indexOf(alias), 1);
    }
    if (gone.length > 0) file.save();
  };
  return {
    all() {
      removeDeleted();
      return state.keys;
    },
    aliases: state.aliases,
    save: file.save,
    create({ description = '', policy = accountPolicy, manager = 'CUSTOMER' }) {
      const key: Key = {
        id: randomUUID(),
        description,
        created: Date.now(),
        manager,
        enabled: true,
        rotates: false,
        policy,
        materials: [newMaterial()],
      };
      state.keys.push(key);
      file.save();
      return key;
    },
    find(reference, aliases = true) {
      removeDeleted();
      const name = reference.startsWith(arnPrefix) ? reference.slice(arnPrefix.length) : reference;
      if (name.startsWith('alias/')) {
        const alias = aliases ? state.aliases.find((candidate) => candidate.name === name) : undefined;
        if (!alias) throw notFound(`Alias ${aliasArn(name)} is not found.`);
        return findById(state.keys, alias.keyId);
      }
      return findById(state.keys, name.startsWith('key/') ? name.slice('key/'.length) : name);
    },
  };
}

export function newMaterial(): string {
  return randomBytes(32).toString('base64');
}

/** What AWS gives a key made without a policy: the account's IAM policies decide. */
const accountPolicy: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};

function findById(keys: readonly Key[], id: string): Key {
  const key = keys.find((candidate) => candidate.id === id);
  if (!key) throw notFound(`Key '${keyArn({ id })}' does not exist`);
  return key;
}

function notFound(message: string): ServiceError {
  return new ServiceError('NotFoundException', message);
}

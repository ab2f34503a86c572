/** AWS KMS's API, as far as symmetric keys go (AWS KMS API Reference, target `TrentService`). */
import { randomBytes } from 'node:crypto';
import { authenticate } from '../auth/authenticate.ts';
import { policyFault } from '../auth/policy.ts';
import {
  accountId,
  type CredentialLookup,
  type Handler,
  type PolicyDocument,
  type Principal,
} from '../contract.ts';
import {
  bytes,
  type Input,
  invalid,
  jsonService,
  optionalNumber,
  optionalText,
  text,
  textMap,
} from '../json-protocol.ts';
import { ServiceError } from '../service-error.ts';
import {
  authorize,
  contextKeys,
  decryptUnder,
  encryptUnder,
  keyOfBlob,
  requireEnabled,
  requireNotDeleted,
} from './crypto.ts';
import { aliasArn, type Key, type Keys, keyArn, newMaterial } from './keys.ts';

const day = 24 * 3600 * 1000;
const algorithm = 'SYMMETRIC_DEFAULT';
const maxOnDemandRotations = 25;

export function createKms(keys: Keys, credentials: CredentialLookup): Handler {
  return jsonService('TrentService', (operation, input, request, body) => {
    const run = operations.get(operation);
    if (!run) throw new ServiceError('UnknownOperationException', `The local KMS has no ${operation}`);
    return run(keys, input, authenticate(request, body, 'kms', credentials)) ?? {};
  });
}

type Operation = (keys: Keys, input: Input, caller: Principal) => object | undefined;

const operations = new Map<string, Operation>(
  Object.entries({
    CreateKey(keys, input, caller) {
      authorize(caller, 'CreateKey', undefined);
      const kinds = { KeySpec: algorithm, KeyUsage: 'ENCRYPT_DECRYPT', Origin: 'AWS_KMS' };
      for (const [name, only] of Object.entries(kinds)) {
        if ((optionalText(input, name) ?? only) !== only) {
          throw new ServiceError(
            'UnsupportedOperationException',
            `The local KMS knows ${name} ${only} alone`,
          );
        }
      }
      const policy = optionalText(input, 'Policy');
      const key = keys.create({
        description: optionalText(input, 'Description') ?? '',
        ...(policy && { policy: parsePolicy(policy) }),
      });
      return { KeyMetadata: metadata(key) };
    },
    DescribeKey(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'DescribeKey', true);
      return { KeyMetadata: metadata(key) };
    },
    ListKeys(keys, input, caller) {
      authorize(caller, 'ListKeys', undefined);
      const list = keys.all().map((key) => ({ KeyId: key.id, KeyArn: keyArn(key) }));
      return page('Keys', list, input);
    },
    ListAliases(keys, input, caller) {
      authorize(caller, 'ListAliases', undefined);
      const reference = optionalText(input, 'KeyId');
      const only = reference && keys.find(reference, false).id;
      const list = keys.aliases
        .filter(({ keyId }) => !only || keyId === only)
        .map(({ name, keyId }) => ({ AliasName: name, AliasArn: aliasArn(name), TargetKeyId: keyId }));
      return page('Aliases', list, input);
    },
    CreateAlias(keys, input, caller) {
      const name = aliasName(input);
      const key = keyFor(keys, input, caller, 'CreateAlias', false, 'TargetKeyId');
      requireNotDeleted(key);
      if (keys.aliases.some((alias) => alias.name === name)) {
        throw new ServiceError(
          'AlreadyExistsException',
          `An alias with the name ${aliasArn(name)} already exists`,
        );
      }
      keys.aliases.push({ name, keyId: key.id });
      keys.save();
    },
    UpdateAlias(keys, input, caller) {
      const name = aliasName(input);
      const key = keyFor(keys, input, caller, 'UpdateAlias', false, 'TargetKeyId');
      requireNotDeleted(key);
      authorize(caller, 'UpdateAlias', keys.find(name));
      for (const alias of keys.aliases) if (alias.name === name) alias.keyId = key.id;
      keys.save();
    },
    DeleteAlias(keys, input, caller) {
      const name = aliasName(input);
      authorize(caller, 'DeleteAlias', keys.find(name));
      const index = keys.aliases.findIndex((alias) => alias.name === name);
      keys.aliases.splice(index, 1);
      keys.save();
    },

    GenerateDataKey(keys, input, caller) {
      const { key, plaintext, blob } = generateDataKey(keys, input, caller, 'GenerateDataKey');
      return { KeyId: keyArn(key), Plaintext: plaintext.toString('base64'), CiphertextBlob: blob };
    },
    GenerateDataKeyWithoutPlaintext(keys, input, caller) {
      const { key, blob } = generateDataKey(keys, input, caller, 'GenerateDataKeyWithoutPlaintext');
      return { KeyId: keyArn(key), CiphertextBlob: blob };
    },
    GenerateRandom(_keys, input, caller) {
      authorize(caller, 'GenerateRandom', undefined);
      return { Plaintext: randomBytes(byteCount(optionalNumber(input, 'NumberOfBytes'))).toString('base64') };
    },
    Encrypt(keys, input, caller) {
      const plaintext = bytes(input, 'Plaintext');
      if (plaintext.length > 4096) {
        throw invalid(
          "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
        );
      }
      requireAlgorithm(input, 'EncryptionAlgorithm');
      const context = textMap(input, 'EncryptionContext');
      const key = keyFor(keys, input, caller, 'Encrypt', true, 'KeyId', contextKeys(context));
      requireEnabled(key);
      const blob = encryptUnder(key, plaintext, context).toString('base64');
      return { KeyId: keyArn(key), CiphertextBlob: blob, EncryptionAlgorithm: algorithm };
    },
    Decrypt(keys, input, caller) {
      requireAlgorithm(input, 'EncryptionAlgorithm');
      const { key, plaintext } = decrypt(keys, caller, 'Decrypt', {
        blob: bytes(input, 'CiphertextBlob'),
        keyId: optionalText(input, 'KeyId'),
        context: textMap(input, 'EncryptionContext'),
      });
      const encoded = plaintext.toString('base64');
      return { KeyId: keyArn(key), Plaintext: encoded, EncryptionAlgorithm: algorithm };
    },
    ReEncrypt(keys, input, caller) {
      requireAlgorithm(input, 'SourceEncryptionAlgorithm');
      requireAlgorithm(input, 'DestinationEncryptionAlgorithm');
      const { key: source, plaintext } = decrypt(keys, caller, 'ReEncryptFrom', {
        blob: bytes(input, 'CiphertextBlob'),
        keyId: optionalText(input, 'SourceKeyId'),
        context: textMap(input, 'SourceEncryptionContext'),
      });
      const context = textMap(input, 'DestinationEncryptionContext');
      const keyName = 'DestinationKeyId';
      const key = keyFor(keys, input, caller, 'ReEncryptTo', true, keyName, contextKeys(context));
      requireEnabled(key);
      return {
        CiphertextBlob: encryptUnder(key, plaintext, context).toString('base64'),
        SourceKeyId: keyArn(source),
        KeyId: keyArn(key),
        SourceEncryptionAlgorithm: algorithm,
        DestinationEncryptionAlgorithm: algorithm,
      };
    },

    EnableKey(keys, input, caller) {
      setEnabled(keys, keyFor(keys, input, caller, 'EnableKey'), true);
    },
    DisableKey(keys, input, caller) {
      setEnabled(keys, keyFor(keys, input, caller, 'DisableKey'), false);
    },
    ScheduleKeyDeletion(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'ScheduleKeyDeletion');
      requireNotDeleted(key);
      const days = optionalNumber(input, 'PendingWindowInDays') ?? 30;
      if (days < 7 || days > 30) throw invalid('PendingWindowInDays is 7 to 30');
      key.enabled = false;
      key.deletedAt = Date.now() + days * day;
      keys.save();
      return {
        KeyId: keyArn(key),
        DeletionDate: key.deletedAt / 1000,
        KeyState: state(key),
        PendingWindowInDays: days,
      };
    },
    CancelKeyDeletion(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'CancelKeyDeletion');
      if (key.deletedAt === undefined) {
        throw new ServiceError('KMSInvalidStateException', `${keyArn(key)} is not pending deletion.`);
      }
      delete key.deletedAt;
      keys.save();
      return { KeyId: keyArn(key) };
    },
    GetKeyPolicy(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'GetKeyPolicy');
      return { Policy: JSON.stringify(key.policy), PolicyName: 'default' };
    },
    PutKeyPolicy(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'PutKeyPolicy');
      requireNotDeleted(key);
      key.policy = parsePolicy(text(input, 'Policy'));
      keys.save();
    },
    EnableKeyRotation(keys, input, caller) {
      setRotates(keys, keyFor(keys, input, caller, 'EnableKeyRotation'), true);
    },
    DisableKeyRotation(keys, input, caller) {
      setRotates(keys, keyFor(keys, input, caller, 'DisableKeyRotation'), false);
    },
    GetKeyRotationStatus(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'GetKeyRotationStatus');
      return { KeyId: keyArn(key), KeyRotationEnabled: key.rotates };
    },
    RotateKeyOnDemand(keys, input, caller) {
      const key = keyFor(keys, input, caller, 'RotateKeyOnDemand');
      requireEnabled(key);
      if (key.materials.length > maxOnDemandRotations) {
        throw new ServiceError('LimitExceededException', 'A key is rotated on demand 25 times at most');
      }
      key.materials.push(newMaterial());
      keys.save();
      return { KeyId: keyArn(key) };
    },
  } satisfies Record<string, Operation>),
);

/** The key an input names, once the caller may do this to it. */
function keyFor(
  keys: Keys,
  input: Input,
  caller: Principal,
  action: string,
  aliases = false,
  member = 'KeyId',
  more: Readonly<Record<string, string | readonly string[]>> = {},
): Key {
  const reference = text(input, member);
  const key = keys.find(reference, aliases);
  const alias = /(?:^|:)(alias\/.*)$/.exec(reference)?.[1];
  authorize(caller, action, key, { ...more, ...(alias && { 'kms:requestalias': alias }) });
  return key;
}

function generateDataKey(keys: Keys, input: Input, caller: Principal, action: string) {
  const context = textMap(input, 'EncryptionContext');
  const spec = optionalText(input, 'KeySpec');
  const count = optionalNumber(input, 'NumberOfBytes');
  if ((spec === undefined) === (count === undefined)) {
    throw invalid('Please specify either number of bytes or key spec.');
  }
  if (spec !== undefined && spec !== 'AES_128' && spec !== 'AES_256') throw invalid(`No key spec: ${spec}`);
  const length = byteCount(spec === undefined ? count : spec === 'AES_128' ? 16 : 32);
  const key = keyFor(keys, input, caller, action, true, 'KeyId', contextKeys(context));
  requireEnabled(key);
  const plaintext = randomBytes(length);
  return { key, plaintext, blob: encryptUnder(key, plaintext, context).toString('base64') };
}

function decrypt(
  keys: Keys,
  caller: Principal,
  action: string,
  { blob, keyId, context }: { blob: Buffer; keyId: string | undefined; context: Record<string, string> },
) {
  const named = keyId === undefined ? undefined : keys.find(keyId);
  const key = keyOfBlob(keys, blob);
  if (named && named !== key) {
    throw new ServiceError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  }
  authorize(caller, action, key, contextKeys(context));
  requireEnabled(key);
  return { key, plaintext: decryptUnder(key, blob, context) };
}

function setEnabled(keys: Keys, key: Key, enabled: boolean): undefined {
  requireNotDeleted(key);
  key.enabled = enabled;
  keys.save();
}

function setRotates(keys: Keys, key: Key, rotates: boolean): undefined {
  requireEnabled(key);
  key.rotates = rotates;
  keys.save();
}

function requireAlgorithm(input: Input, name: string): void {
  const asked = optionalText(input, name) ?? algorithm;
  if (asked !== algorithm) {
    throw new ServiceError('InvalidKeyUsageException', `A symmetric key does not do ${asked}`);
  }
}

function byteCount(count: number | undefined): number {
  if (count === undefined || count < 1 || count > 1024) throw invalid('NumberOfBytes is 1 to 1024');
  return count;
}

function aliasName(input: Input): string {
  const name = text(input, 'AliasName');
  if (!/^alias\/[A-Za-z0-9/_-]{1,250}$/.test(name)) {
    throw invalid(`An alias is alias/ and letters, digits, /, _, -: ${name}`);
  }
  if (name.startsWith('alias/aws/')) {
    throw new ServiceError('InvalidAliasNameException', 'alias/aws/ is reserved for AWS');
  }
  return name;
}

function parsePolicy(json: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw new ServiceError('MalformedPolicyDocumentException', 'The policy is not JSON');
  }
  const fault = policyFault(document);
  if (fault) throw new ServiceError('MalformedPolicyDocumentException', fault);
  return document as PolicyDocument;
}

function state(key: Key): string {
  if (key.deletedAt !== undefined) return 'PendingDeletion';
  return key.enabled ? 'Enabled' : 'Disabled';
}

function metadata(key: Key): object {
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: keyArn(key),
    CreationDate: key.created / 1000,
    Description: key.description,
    Enabled: state(key) === 'Enabled',
    KeyState: state(key),
    ...(key.deletedAt !== undefined && { DeletionDate: key.deletedAt / 1000 }),
    KeyManager: key.manager,
    KeyUsage: 'ENCRYPT_DECRYPT',
    Origin: 'AWS_KMS',
    KeySpec: algorithm,
    CustomerMasterKeySpec: algorithm,
    EncryptionAlgorithms: [algorithm],
    MultiRegion: false,
  };
}

/** One page of a list; the marker is the place to go on from. */
function page(member: string, list: readonly object[], input: Input): object {
  const start = Number(optionalText(input, 'Marker') ?? 0);
  if (!Number.isInteger(start)) throw new ServiceError('InvalidMarkerException', 'The marker is not ours');
  const end = start + (optionalNumber(input, 'Limit') ?? 100);
  const truncated = end < list.length;
  return {
    [member]: list.slice(start, end),
    Truncated: truncated,
    ...(truncated && { NextMarker: String(end) }),
  };
}

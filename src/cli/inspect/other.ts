import { type Bytes, fromUtf8 } from '../../core/bytes.ts';
import { readJsonObject } from '../../core/s3ec/flat-json.ts';
import { mapkeys } from '../../core/s3ec/mapkeys.ts';
import { maxInstructionFileBytes } from '../../core/s3ec/s3ec.ts';
import { beginsBase64Message } from '../recognise.ts';
import type { SealedSource } from '../sealed-source.ts';
import type { Report } from './report.ts';

/** What is no encrypted content: what belongs to one, and everything else. Never repeats a key. */
export function reportOther({ name, head }: SealedSource, beginning: Bytes): Report {
  const stored = Number.isFinite(head.size) ? { storedBytes: head.size } : {};
  const base = { source: name, ...stored, opensWith: [], remarks: [] };
  const isSmall = head.size <= beginning.length && head.size <= maxInstructionFileBytes;
  const text = isSmall ? fromUtf8(beginning) : undefined;
  const json = text === undefined ? undefined : readJsonObject(text);
  return {
    ...base,
    ...((json && ofJson(json)) ?? ofText(text, beginning)),
  };
}

type Rest = Pick<Report, 'kind' | 'title'> & Partial<Report>;
type Json = Readonly<Record<string, unknown>>;

const textOf = (json: Json, field: string) => (typeof json[field] === 'string' ? json[field] : undefined);

function ofJson(json: Json): Rest | undefined {
  if (json['format'] === 's3-envelope-key') return ofKeyFile(json);
  if (json['version'] === 1 && Array.isArray(json['files']) && json['files'].every(isSharedFile)) {
    return {
      kind: 'share-manifest',
      title: `the list of ${json['files'].length} files of a share link, in the clear`,
      remarks: ['it holds the data keys of these files: whoever has it and can read the objects opens them'],
    };
  }
  const has = (key: string) => Object.hasOwn(json, key);
  if (has(mapkeys.contentSuite)) {
    return {
      kind: 's3ec-metadata',
      title: "an object's metadata in format V3 of S3EC, as a file",
      remarks: ['it opens nothing alone: give it to the content it belongs to with --metadata'],
    };
  }
  const version = has(mapkeys.v3EncryptedDataKey) ? 3 : has(mapkeys.v2EncryptedDataKey) ? 2 : undefined;
  if (version === undefined && !has(mapkeys.v1EncryptedDataKey)) return undefined;
  return {
    kind: 's3ec-instruction-file',
    title: `an instruction file of S3EC, format V${version ?? 1}: the wrapped data key of the object beside it`,
    version: version ?? 1,
    remarks: ['inspect the object beside it to see what opens that'],
  };
}

function isSharedFile(file: unknown): boolean {
  return typeof file === 'object' && file !== null && 'dataKey' in file && 'name' in file;
}

function ofKeyFile(json: Json): Rest {
  const fingerprint = textOf(json, 'fingerprint');
  const identityId = textOf(json, 'identityId');
  const created = textOf(json, 'created');
  return {
    kind: 'key-file',
    title: 'a key file of the app: an AES-256 key that opens files',
    ...(fingerprint !== undefined && { fingerprint }),
    ...(identityId !== undefined && { identityId }),
    ...(created !== undefined && { created }),
    remarks: ['whoever has it can open these files: keep it where only you can get at it'],
  };
}

function ofText(text: string | undefined, beginning: Bytes): Rest {
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text ?? '')?.[1];
  if (pem !== undefined) {
    const isSecret = pem.includes('PRIVATE');
    return {
      kind: 'pem',
      title: `${pem.toLowerCase()} in PEM`,
      remarks: isSecret ? ['it is a secret'] : [],
    };
  }
  if (beginsBase64Message(beginning)) {
    return {
      kind: 'plain',
      title: 'base64 text of a message of the AWS Encryption SDK',
      remarks: ['what it stands for can be opened: "base64 -d" makes it'],
    };
  }
  const isEmpty = beginning.length === 0;
  return {
    kind: 'plain',
    title: isEmpty ? 'empty, and not encrypted' : 'not encrypted in any format known here',
    remarks: [],
  };
}

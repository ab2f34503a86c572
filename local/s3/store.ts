/**
 * Buckets, objects and uploads as they lie on disk, with an index in memory. What a client names (a key, an
 * upload) is hashed or looked up, never made part of a path. Records are small JSON files written in one
 * step (temporary file, rename), synchronously: what is checked and what is written is one turn of the event
 * loop, so no two requests come between each other.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../contract.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { CorsRule } from './cors.ts';
import type { EncryptionRecord } from './encryption.ts';
import type { SealedFile } from './sealed-files.ts';

export interface BucketSettings {
  readonly created: number;
  versioning?: 'Enabled' | 'Suspended';
  cors?: readonly CorsRule[];
  policy?: PolicyDocument;
  encryption?: BucketEncryption;
  tags?: readonly Tag[];
  /** Documents only kept: `lifecycle`, `publicAccessBlock`. */
  documents?: Record<string, string>;
}

export interface BucketEncryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  readonly kmsKeyId?: string;
  readonly bucketKey?: boolean;
  readonly blocked?: readonly string[];
}

export type Tag = readonly [key: string, value: string];

/** What a client says about an object beside its bytes. */
export interface Description {
  /** Header names in lower case: `content-type`, `cache-control`, ... */
  readonly headers: Readonly<Record<string, string>>;
  /** Names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
}

export interface StoredPart extends SealedFile {
  readonly number: number;
  /** Hex, no quotes. */
  readonly etag: string;
  readonly modified: number;
  /** Base64. */
  readonly checksum?: string;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
}

export interface ObjectVersion extends Description {
  /** `null` where versioning never was on. */
  readonly versionId: string;
  readonly modified: number;
  /** No quotes. */
  readonly etag: string;
  readonly size: number;
  readonly deleteMarker?: true;
  readonly multipart?: true;
  readonly parts: readonly StoredPart[];
  readonly encryption: EncryptionRecord;
  readonly checksum?: Checksum;
}

export interface Upload extends Description {
  readonly uploadId: string;
  readonly key: string;
  readonly initiated: number;
  readonly initiator: string;
  readonly encryption: EncryptionRecord;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface OpenUpload {
  readonly upload: Upload;
  readonly parts: Map<number, StoredPart>;
}

export interface Bucket {
  readonly name: string;
  readonly settings: BucketSettings;
  /** Newest version first; never an empty list. */
  readonly objects: Map<string, readonly ObjectVersion[]>;
  readonly uploads: Map<string, OpenUpload>;
  /** Keys in the order of their UTF-8 bytes. */
  sortedKeys(): readonly string[];
}

export interface Store {
  readonly buckets: ReadonlyMap<string, Bucket>;
  /** Where data files are. */
  readonly data: string;
  createBucket(name: string, created: number): Bucket;
  deleteBucket(bucket: Bucket): void;
  saveSettings(bucket: Bucket): void;
  /** Replaces what is recorded of a key; data files that no version has any more are removed. */
  saveObject(bucket: Bucket, key: string, versions: readonly ObjectVersion[]): void;
  saveUpload(bucket: Bucket, upload: Upload): void;
  savePart(bucket: Bucket, open: OpenUpload, part: StoredPart): void;
  /** Forgets an upload; its data files too, but for those to keep. */
  removeUpload(bucket: Bucket, open: OpenUpload, keep: readonly SealedFile[]): void;
  /** A new name in `data`. */
  newFile(): string;
  discard(files: readonly SealedFile[]): void;
  /** Keeps files that are being read from being removed until the function it returns is called. */
  pin(files: readonly SealedFile[]): () => void;
}

/** Opens what is there; data files that nothing refers to (an interrupted upload's) are removed. */
export function openStore(directory: string): Store {
  const data = join(directory, 'data');
  const bucketsDirectory = join(directory, 'buckets');
  mkdirSync(data, { recursive: true });
  mkdirSync(bucketsDirectory, { recursive: true });
  const buckets = new Map<string, Bucket>();
  const sorted = new WeakMap<Bucket, readonly string[]>();
  const pins = new Map<string, number>();
  const doomed = new Set<string>();

  const folder = (bucket: Bucket, ...rest: string[]) => join(bucketsDirectory, sha256(bucket.name), ...rest);
  const objectPath = (bucket: Bucket, key: string) => folder(bucket, 'objects', `${sha256(key)}.json`);
  const uploadPath = (bucket: Bucket, id: string, part?: number) =>
    folder(bucket, 'uploads', `${sha256(id)}${part === undefined ? '' : `.${part}`}.json`);

  const remove = (file: string) => {
    if (pins.has(file)) doomed.add(file);
    else rmSync(join(data, file), { force: true });
  };
  const makeBucket = (name: string, settings: BucketSettings): Bucket => {
    const objects = new Map<string, readonly ObjectVersion[]>();
    const bucket: Bucket = {
      name,
      settings,
      objects,
      uploads: new Map(),
      sortedKeys() {
        const keys = sorted.get(bucket) ?? [...objects.keys()].sort(compareUtf8);
        sorted.set(bucket, keys);
        return keys;
      },
    };
    buckets.set(name, bucket);
    return bucket;
  };
  const setVersions = (bucket: Bucket, key: string, versions: readonly ObjectVersion[]) => {
    if (bucket.objects.has(key) !== versions.length > 0) sorted.delete(bucket);
    if (versions.length > 0) bucket.objects.set(key, versions);
    else bucket.objects.delete(key);
  };

  const store: Store = {
    buckets,
    data,
    createBucket(name, created) {
      const bucket = makeBucket(name, { created });
      mkdirSync(folder(bucket, 'objects'), { recursive: true });
      mkdirSync(folder(bucket, 'uploads'), { recursive: true });
      store.saveSettings(bucket);
      return bucket;
    },
    deleteBucket(bucket) {
      for (const open of bucket.uploads.values()) store.removeUpload(bucket, open, []);
      buckets.delete(bucket.name);
      rmSync(folder(bucket), { recursive: true, force: true });
    },
    saveSettings: (bucket) =>
      writeJson(folder(bucket, 'bucket.json'), { name: bucket.name, settings: bucket.settings }),
    saveObject(bucket, key, versions) {
      const kept = new Set(versions.flatMap((version) => version.parts.map((part) => part.file)));
      const before = bucket.objects.get(key) ?? [];
      if (versions.length > 0) writeJson(objectPath(bucket, key), { key, versions });
      else rmSync(objectPath(bucket, key), { force: true });
      setVersions(bucket, key, versions);
      store.discard(before.flatMap((version) => version.parts).filter((part) => !kept.has(part.file)));
    },
    saveUpload(bucket, upload) {
      writeJson(uploadPath(bucket, upload.uploadId), upload);
      bucket.uploads.set(upload.uploadId, { upload, parts: new Map() });
    },
    savePart(bucket, open, part) {
      const before = open.parts.get(part.number);
      writeJson(uploadPath(bucket, open.upload.uploadId, part.number), part);
      open.parts.set(part.number, part);
      if (before) store.discard([before]);
    },
    removeUpload(bucket, open, keep) {
      const kept = new Set(keep.map((part) => part.file));
      bucket.uploads.delete(open.upload.uploadId);
      rmSync(uploadPath(bucket, open.upload.uploadId), { force: true });
      for (const number of open.parts.keys())
        rmSync(uploadPath(bucket, open.upload.uploadId, number), { force: true });
      store.discard([...open.parts.values()].filter((part) => !kept.has(part.file)));
    },
    newFile: () => randomBytes(16).toString('hex'),
    discard: (files) => {
      for (const { file } of files) remove(file);
    },
    pin(files) {
      for (const { file } of files) pins.set(file, (pins.get(file) ?? 0) + 1);
      return () => {
        for (const { file } of files) {
          const left = (pins.get(file) ?? 1) - 1;
          if (left > 0) pins.set(file, left);
          else pins.delete(file);
          if (left === 0 && doomed.delete(file)) remove(file);
        }
      };
    },
  };
  load();
  return store;

  function load(): void {
    const known = new Set<string>();
    for (const name of readdirSync(bucketsDirectory)) {
      const path = join(bucketsDirectory, name);
      if (!existsSync(join(path, 'bucket.json'))) {
        rmSync(path, { recursive: true, force: true });
        continue;
      }
      const record = readJson<{ name: string; settings: BucketSettings }>(join(path, 'bucket.json'));
      const bucket = makeBucket(record.name, record.settings);
      for (const file of jsonFiles(join(path, 'objects'))) {
        const { key, versions } = readJson<{ key: string; versions: ObjectVersion[] }>(file);
        setVersions(bucket, key, versions);
        for (const version of versions) for (const part of version.parts) known.add(part.file);
      }
      loadUploads(bucket, jsonFiles(join(path, 'uploads')), known);
    }
    for (const file of readdirSync(data)) if (!known.has(file)) rmSync(join(data, file), { force: true });
  }

  function loadUploads(bucket: Bucket, files: readonly string[], known: Set<string>): void {
    const isPart = (file: string) => /\.\d+\.json$/.test(file);
    const byPath = new Map<string, OpenUpload>();
    for (const file of files.filter((candidate) => !isPart(candidate))) {
      const open = { upload: readJson<Upload>(file), parts: new Map<number, StoredPart>() };
      bucket.uploads.set(open.upload.uploadId, open);
      byPath.set(file, open);
    }
    for (const file of files.filter(isPart)) {
      const open = byPath.get(file.replace(/\.\d+\.json$/, '.json'));
      const part = readJson<StoredPart>(file);
      // Without its upload, or already an object's: the process ended while completing or aborting.
      if (!open || known.has(part.file)) {
        unlinkSync(file);
        continue;
      }
      open.parts.set(part.number, part);
      known.add(part.file);
    }
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function jsonFiles(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.filter((name) => name.endsWith('.json')).map((name) => join(directory, name));
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The order of UTF-8 bytes, which is that of code points and not that of UTF-16 units. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all of the basic plane's. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

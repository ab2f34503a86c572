/** PostObject: an upload by an HTML form. */
import { announcedChecksum, ownBody } from './body.ts';
import { descriptionOf } from './description.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, reply } from './exchange.ts';
import { readForm } from './form-data.ts';
import { checkPostPolicy } from './post-policy.ts';
import type { ObjectVersion } from './store.ts';
import {
  authorizeWrite,
  commit,
  encryptionFor,
  hasMd5Etag,
  maxPutSize,
  seal,
  writeHeaders,
} from './writes.ts';
import { el, xmlDocument } from './xml.ts';

/** What all fields before the file may take together, in bytes. */
const maxFields = 20 * 1024;

/** Stands for the file's name in the key. */
const filenameVariable = /\$\{filename\}/g;

export async function postObject(x: Exchange): Promise<void> {
  bucketOf(x, x.bucketName);
  if (x.form !== 'anonymous') throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed');
  const source: AsyncIterable<Buffer> = x.request.iterator({ destroyOnReturn: false });
  const fields = new Map<string, string>();
  let size = 0;
  for await (const part of readForm(source, x.header('content-type') ?? '')) {
    const name = part.name.toLowerCase();
    if (name === 'file') {
      const key = expandKey(fields, part.filename ?? '');
      const version = await storeFile(x, fields, key, part.chunks);
      answer(x, fields, key, version);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of part.chunks) {
      size += chunk.length;
      if (size > maxFields) throw new S3Error('MaxPostPreDataLengthExceeded');
      chunks.push(chunk);
    }
    fields.set(name, Buffer.concat(chunks).toString('utf8'));
  }
  throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.');
}

/** Variables are expanded before the policy is asked. */
function expandKey(fields: Map<string, string>, filename: string): string {
  const name = filename.replace(/^.*[/\\]/, '');
  const key = (fields.get('key') ?? '').replace(filenameVariable, () => name);
  if (key === '') throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.");
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError');
  fields.set('key', key);
  return key;
}

async function storeFile(
  x: Exchange,
  fields: ReadonlyMap<string, string>,
  key: string,
  chunks: AsyncIterable<Buffer>,
): Promise<ObjectVersion> {
  const bucket = bucketOf(x, x.bucketName);
  const signed = fields.has('policy');
  const allowed = signed
    ? checkPostPolicy(fields, bucket.name, x.credentials, x.now())
    : { principal: x.principal, minSize: 0, maxSize: maxPutSize };
  const asPut: Exchange = {
    ...x,
    key,
    principal: allowed.principal,
    form: signed ? 'post' : 'anonymous',
    header: (name) => fields.get(name),
    headerNames: [...fields.keys()],
  };
  const description = descriptionOf(asPut);
  authorizeWrite(asPut, bucket, key, description.tags);
  const { record, contentKey } = encryptionFor(asPut, bucket, key);
  const announced = announcedChecksum(asPut.header);
  const maxSize = Math.min(allowed.maxSize, maxPutSize);
  const body = ownBody(within(chunks, allowed.minSize, maxSize), maxSize, {
    md5: hasMd5Etag(record),
    algorithm: announced?.algorithm,
  });
  const part = await seal(asPut, contentKey, record, body, 1);
  if (announced && part.checksum !== announced.value) {
    x.store.discard([part]);
    throw new S3Error('BadDigest');
  }
  return commit(asPut, bucket, key, description, record, [part]);
}

function answer(x: Exchange, fields: ReadonlyMap<string, string>, key: string, version: ObjectVersion): void {
  const bucket = bucketOf(x, x.bucketName);
  const etag = `"${version.etag}"`;
  const location = `http://${x.header('host') ?? ''}/${bucket.name}/${encodeURIComponent(key)}`;
  const headers = { ETag: etag, Location: location, ...writeHeaders(bucket, version) };
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect') ?? '';
  const asked = fields.get('success_action_status');
  if (/^https?:\/\//i.test(redirect) && URL.canParse(redirect)) {
    const target = new URL(redirect);
    const facts = { bucket: bucket.name, key, etag };
    for (const [name, value] of Object.entries(facts)) target.searchParams.set(name, value);
    reply(x, 303, { ...headers, Location: target.href });
  } else if (asked === '201') {
    const names = [el('Bucket', bucket.name), el('Key', key), el('ETag', etag)];
    reply(x, 201, headers, xmlDocument('PostResponse', el('Location', location), names));
  } else {
    reply(x, asked === '200' ? 200 : 204, headers);
  }
}

async function* within(chunks: AsyncIterable<Buffer>, min: number, max: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > max) throw new S3Error('EntityTooLarge');
    yield chunk;
  }
  if (size < min) throw new S3Error('EntityTooSmall');
}

/** Multipart uploads. Completing one copies nothing: the object is a list of the part files. */
import { createHash, randomBytes } from 'node:crypto';
import { announcedChecksum, openBody, readText } from './body.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumAlgorithms,
  checksumHeader,
  combineChecksums,
} from './checksums.ts';
import { descriptionOf, versionHeaders } from './description.ts';
import { contentKeyOf, encryptionHeaders } from './encryption.ts';
import { S3Error } from './errors.ts';
import { authorize, bucketOf, type Exchange, reply } from './exchange.ts';
import { listPage, pageSize, textFormat } from './listing.ts';
import { parseRange, partNumberOf } from './reads.ts';
import { type Bucket, compareUtf8, type OpenUpload, type StoredPart, type Upload } from './store.ts';
import {
  authorizeWrite,
  checkWriteConditions,
  commit,
  copyResult,
  copySource,
  encryptionFor,
  hasMd5Etag,
  maxPutSize,
  requestedAlgorithm,
  seal,
  sealCopy,
} from './writes.ts';
import { childrenNamed, type Element, el, optional, parseXml, textOf, xmlDocument } from './xml.ts';

/** All parts but the last are at least this long, in bytes. */
const minPartSize = 5 * 1024 * 1024;

export function createMultipartUpload(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  const description = descriptionOf(x);
  authorizeWrite(x, bucket, x.key, description.tags, false);
  const algorithm = requestedAlgorithm(x);
  const type = checksumTypeOf(x.header('x-amz-checksum-type'), algorithm);
  const { record } = encryptionFor(x, bucket, x.key);
  const upload: Upload = {
    ...description,
    uploadId: randomBytes(48).toString('base64url'),
    key: x.key,
    initiated: x.now(),
    initiator: x.principal.arn,
    encryption: record,
    ...(algorithm ? { checksumAlgorithm: algorithm } : {}),
    ...(type ? { checksumType: type } : {}),
  };
  x.store.saveUpload(bucket, upload);
  reply(
    x,
    200,
    {
      ...encryptionHeaders(record),
      ...(algorithm && type ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type } : {}),
    },
    xmlDocument(
      'InitiateMultipartUploadResult',
      el('Bucket', bucket.name),
      el('Key', x.key),
      el('UploadId', upload.uploadId),
    ),
  );
}

function checksumTypeOf(
  asked: string | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): ChecksumType | undefined {
  if (asked !== undefined && asked !== 'FULL_OBJECT' && asked !== 'COMPOSITE')
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  if (!algorithm) {
    if (asked !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    return undefined;
  }
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type === 'FULL_OBJECT' ? algorithm.startsWith('SHA') : algorithm === 'CRC64NVME')
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return type;
}

/** The upload that a request names, of this very key. Throws `NoSuchUpload`. */
function openUpload(x: Exchange, bucket: Bucket): OpenUpload {
  const open = bucket.uploads.get(x.query.get('uploadId') ?? '');
  if (open?.upload.key !== x.key) throw new S3Error('NoSuchUpload');
  return open;
}

export async function uploadPart(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const number = partNumberOf(x.query.get('partNumber'));
  authorizeWrite(x, bucket, x.key, [], false);
  const open = openUpload(x, bucket);
  const { encryption, checksumAlgorithm, checksumType } = open.upload;
  const given = announcedChecksum(x.header)?.algorithm;
  // Checksums of the whole are made of the bytes, those of checksums of what the client vouched for.
  const algorithm = given ?? (checksumType === 'FULL_OBJECT' ? checksumAlgorithm : undefined);
  if (checksumAlgorithm && algorithm !== checksumAlgorithm)
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}, actual checksum Type: ${given?.toLowerCase() ?? 'null'}`,
    );
  const contentKey = contentKeyOf(x, x.principal, x.header, encryption);
  const md5 = hasMd5Etag(encryption);
  const line = x.lines?.up;
  const body = openBody(x.request, x.header, x.payload, { md5, algorithm, maxSize: maxPutSize, line });
  const part = await seal(x, contentKey, encryption, body, number);
  savePart(x, bucket, open, part);
  reply(x, 200, {
    ETag: `"${part.etag}"`,
    ...encryptionHeaders(encryption),
    ...(part.checksumAlgorithm && part.checksum !== undefined
      ? { [checksumHeader(part.checksumAlgorithm)]: part.checksum }
      : {}),
  });
}

export async function uploadPartCopy(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const number = partNumberOf(x.query.get('partNumber'));
  const source = copySource(x);
  authorizeWrite(x, bucket, x.key, [], false);
  const open = openUpload(x, bucket);
  const { encryption, checksumAlgorithm } = open.upload;
  const header = x.header('x-amz-copy-source-range');
  const range =
    header === undefined ? ([0, source.version.size] as const) : parseRange(header, source.version.size);
  if (!range)
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last',
    );
  const contentKey = contentKeyOf(x, x.principal, x.header, encryption);
  const part = await sealCopy(x, source, range, contentKey, encryption, checksumAlgorithm, number);
  savePart(x, bucket, open, part);
  const { modified, etag } = part;
  reply(x, 200, { ...encryptionHeaders(encryption) }, copyResult('CopyPartResult', { modified, etag }));
}

/** Records a part, unless its upload ended while the bytes came in. */
function savePart(x: Exchange, bucket: Bucket, open: OpenUpload, part: StoredPart): void {
  if (bucket.uploads.get(open.upload.uploadId) !== open) {
    x.store.discard([part]);
    throw new S3Error('NoSuchUpload');
  }
  x.store.savePart(bucket, open, part);
}

export async function completeMultipartUpload(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  authorizeWrite(x, bucket, x.key, []);
  const { upload } = openUpload(x, bucket);
  // A checksum on this request is the whole object's, not the document's.
  const header = (name: string) => (name.startsWith('x-amz-checksum-') ? undefined : x.header(name));
  const document = parseXml(await readText(x.request, header, x.payload, 4 * 1024 * 1024));
  // Everything below is one turn: what is checked is what is committed.
  const open = openUpload(x, bucket);
  checkWriteConditions(x, bucket, x.key);
  const parts = chosenParts(document, open);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const expectedSize = x.header('x-amz-mp-object-size');
  if (expectedSize !== undefined && Number(expectedSize) !== size)
    throw new S3Error(
      'InvalidRequest',
      'The provided x-amz-mp-object-size header does not match what was computed.',
    );
  const checksum = wholeChecksum(x, upload, parts);
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  const version = commit(x, bucket, x.key, upload, upload.encryption, parts, {
    etag: `${md5.digest('hex')}-${parts.length}`,
    ...(checksum ? { checksum } : {}),
  });
  x.store.removeUpload(bucket, open, parts);
  reply(
    x,
    200,
    { ...versionHeaders(bucket, version), ...encryptionHeaders(version.encryption) },
    xmlDocument(
      'CompleteMultipartUploadResult',
      el('Location', `http://${x.header('host') ?? ''}/${bucket.name}/${encodeURIComponent(x.key)}`),
      el('Bucket', bucket.name),
      el('Key', x.key),
      el('ETag', x.isLookAlike ? '' : `"${version.etag}"`),
      checksum && [el(`Checksum${checksum.algorithm}`, checksum.value), el('ChecksumType', checksum.type)],
    ),
  );
}

function chosenParts(document: Element, { upload, parts }: OpenUpload): StoredPart[] {
  const listed = childrenNamed(document, 'Part');
  if (document.name !== 'CompleteMultipartUpload' || listed.length === 0 || listed.length > 10_000)
    throw new S3Error('MalformedXML');
  let before = 0;
  const chosen = listed.map((element) => {
    const number = Number(textOf(element, 'PartNumber'));
    if (!Number.isSafeInteger(number) || number < 1) throw new S3Error('MalformedXML');
    if (number <= before) throw new S3Error('InvalidPartOrder');
    before = number;
    const part = parts.get(number);
    if (part?.etag !== (textOf(element, 'ETag') ?? '').trim().replace(/^"(.*)"$/, '$1'))
      throw new S3Error('InvalidPart');
    checkPartChecksum(upload, part, element);
    return part;
  });
  if (chosen.slice(0, -1).some((part) => part.size < minPartSize)) throw new S3Error('EntityTooSmall');
  return chosen;
}

function checkPartChecksum(upload: Upload, part: StoredPart, element: Element): void {
  const { checksumAlgorithm, checksumType } = upload;
  for (const algorithm of checksumAlgorithms) {
    const said = textOf(element, `Checksum${algorithm}`);
    if (said !== undefined && part.checksumAlgorithm === algorithm && said !== part.checksum)
      throw new S3Error('InvalidPart');
    if (said === undefined && checksumType === 'COMPOSITE' && checksumAlgorithm === algorithm)
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
      );
  }
}

function wholeChecksum(x: Exchange, upload: Upload, parts: readonly StoredPart[]): Checksum | undefined {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm || !type) return undefined;
  const checksum = combineChecksums(
    algorithm,
    type,
    parts.map((part) => ({ checksum: part.checksum ?? '', size: part.size })),
  );
  const said = x.header(checksumHeader(algorithm));
  if (said !== undefined && said !== checksum.value && said !== checksum.value.replace(/-\d+$/, ''))
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  return checksum;
}

export function abortMultipartUpload(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:AbortMultipartUpload', { bucket, key: x.key });
  x.store.removeUpload(bucket, openUpload(x, bucket), []);
  reply(x, 204);
}

export function listParts(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:ListMultipartUploadParts', { bucket, key: x.key });
  const { upload, parts } = openUpload(x, bucket);
  const [max, marker] = [pageSize(x.query.get('max-parts')), Number(x.query.get('part-number-marker') ?? 0)];
  const after = [...parts.values()]
    .filter(({ number }) => number > marker)
    .sort((a, b) => a.number - b.number);
  const page = after.slice(0, max);
  const format = textFormat(x);
  const body = xmlDocument(
    'ListPartsResult',
    el('Bucket', bucket.name),
    el('Key', format.encode(upload.key)),
    el('UploadId', upload.uploadId),
    el('PartNumberMarker', marker),
    el('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    el('MaxParts', max),
    el('IsTruncated', after.length > page.length),
    ownerOf('Initiator', upload),
    ownerOf('Owner', upload),
    el('StorageClass', 'STANDARD'),
    optional('ChecksumAlgorithm', upload.checksumAlgorithm),
    optional('ChecksumType', upload.checksumType),
    page.map((part) =>
      el(
        'Part',
        el('PartNumber', part.number),
        el('LastModified', new Date(part.modified).toISOString()),
        el('ETag', `"${part.etag}"`),
        el('Size', part.size),
        part.checksumAlgorithm && el(`Checksum${part.checksumAlgorithm}`, part.checksum),
      ),
    ),
  );
  reply(x, 200, {}, body);
}

function ownerOf(name: string, upload: Upload) {
  return el(name, el('ID', upload.initiator), el('DisplayName', upload.initiator));
}

export function listMultipartUploads(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  // As AWS documents this action: no `s3:prefix`, so a policy that asks for it lets nobody list.
  authorize(x, 's3:ListBucketMultipartUploads', { bucket });
  const uploads = [...bucket.uploads.values()]
    .map(({ upload }) => upload)
    .sort(
      (a, b) => compareUtf8(a.key, b.key) || a.initiated - b.initiated || compareUtf8(a.uploadId, b.uploadId),
    );
  const max = pageSize(x.query.get('max-uploads'));
  const [keyMarker, idMarker] = [x.query.get('key-marker') ?? '', x.query.get('upload-id-marker')];
  const marked = uploads.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker);
  const page = listPage(uploads, {
    prefix: x.query.get('prefix') ?? '',
    delimiter: x.query.get('delimiter') ?? '',
    marker: keyMarker,
    includesMarked: (upload) => marked >= 0 && uploads.indexOf(upload) > marked,
    max,
  });
  const last = page.items.at(-1);
  const format = textFormat(x);
  const body = xmlDocument(
    'ListMultipartUploadsResult',
    el('Bucket', bucket.name),
    el('KeyMarker', format.encode(keyMarker)),
    el('UploadIdMarker', idMarker ?? ''),
    page.truncated
      ? [
          el('NextKeyMarker', format.encode(page.last)),
          el('NextUploadIdMarker', last?.key === page.last ? last.uploadId : ''),
        ]
      : undefined,
    el('MaxUploads', max),
    el('IsTruncated', page.truncated),
    optional('Prefix', format.maybe(x.query.get('prefix'))),
    optional('Delimiter', format.maybe(x.query.get('delimiter'))),
    optional('EncodingType', format.type),
    page.items.map((upload) =>
      el(
        'Upload',
        el('Key', format.encode(upload.key)),
        el('UploadId', upload.uploadId),
        ownerOf('Initiator', upload),
        ownerOf('Owner', upload),
        el('StorageClass', 'STANDARD'),
        el('Initiated', new Date(upload.initiated).toISOString()),
        optional('ChecksumAlgorithm', upload.checksumAlgorithm),
        optional('ChecksumType', upload.checksumType),
      ),
    ),
    page.prefixes.map((prefix) => el('CommonPrefixes', el('Prefix', format.encode(prefix)))),
  );
  reply(x, 200, {}, body);
}

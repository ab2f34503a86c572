/** Opens what S3 Envelope writes with Node's `crypto` and what `formats.md` says; it knows nothing of `src`. */
import {
  constants,
  createDecipheriv,
  createHash,
  createPublicKey,
  ECDH,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { bytesOf, type Row, type Scope, section, type Walked, walk } from './formats-page.ts';

export type Metadata = Readonly<Record<string, string>>;

/** Who opens wrapped data keys. `kms`: as `Decrypt` does. */
export interface WrappingKeys {
  readonly aes?: Buffer;
  readonly rsa?: KeyObject;
  readonly kms?: (blob: Buffer, context: Metadata) => Buffer;
}

const v3 = section('S3EC, format V3');
const v2 = section('S3EC, format V2');
const wrapping = section('The wrapped data key');
const name = section('The name of a file');
const links = section('Links');

function rowOf(rows: readonly Row[], column: string, value: string): Row {
  const row = rows.find((each) => each[column] === value);
  if (!row) throw new Error(`the page has no row ${column} = ${value}`);
  return row;
}

function derive(
  rows: readonly Row[],
  what: string,
  scope: Scope,
  of: { hash?: string; bytes?: number } = {},
): Buffer {
  const { from = '', HKDF = '', salt = '', info = '', bytes = '' } = rowOf(rows, 'derived', what);
  const hash = of.hash ?? HKDF;
  const key = hkdfSync(
    hash.replace('-', '').toLowerCase(),
    bytesOf(from, scope),
    bytesOf(salt, scope),
    bytesOf(info, scope),
    of.bytes ?? Number(bytes),
  );
  return Buffer.from(key);
}

/** What a row of a table of sealed things says, on ciphertext and tag. */
function open(rows: readonly Row[], what: string, scope: Scope, sealed: Buffer): Buffer {
  const { key = '', IV = '', 'additional data': aad = '' } = rowOf(rows, 'sealed', what);
  const keyBytes = bytesOf(key, scope);
  const cipher = createDecipheriv(
    `aes-${8 * keyBytes.length}-gcm` as 'aes-256-gcm',
    keyBytes,
    bytesOf(IV, scope),
  );
  cipher.setAAD(bytesOf(aad, scope));
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

const base64 = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const json = (text: string | undefined): Metadata => JSON.parse(text ?? '{}');

/** All entries of an envelope, wherever they lie. */
export function gather(metadata: Metadata, instructionFile?: Buffer): Metadata {
  return { ...json(instructionFile?.toString()), ...metadata };
}

/** A data key as S3EC wraps it. */
export function unwrap(metadata: Metadata, keys: WrappingKeys): Buffer {
  const isV3 = metadata['x-amz-3'] !== undefined;
  const wrapped = base64(metadata[isV3 ? 'x-amz-3' : 'x-amz-key-v2']);
  const NAME = Buffer.from(metadata[isV3 ? 'x-amz-c' : 'x-amz-cek-alg'] ?? '');
  const how = `\`${metadata[isV3 ? 'x-amz-w' : 'x-amz-wrap-alg']}\``;
  switch (rowOf(wrapping.table('V3', 'V2'), isV3 ? 'V3' : 'V2', how)['V3']) {
    case '`02`': {
      const { fields } = walk(wrapping.table('field of `02`'), wrapped);
      const scope = { ...fields, NAME, 'wrapping key': keys.aes ?? Buffer.alloc(0) };
      return open(wrapping.table('sealed'), 'sealed data key', scope, fields['sealed data key'] ?? wrapped);
    }
    case '`22`': {
      if (!keys.rsa) throw new Error('no RSA key');
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      const { fields } = walk(
        wrapping.table('field of `22`'),
        privateDecrypt({ key: keys.rsa, ...padding }, wrapped),
      );
      if (!fields['name']?.equals(NAME)) throw new Error('the data key is another algorithm’s');
      return fields['data key'] ?? Buffer.alloc(0);
    }
    default: {
      const context = json(metadata[isV3 ? 'x-amz-t' : 'x-amz-matdesc']);
      if (context['aws:x-amz-cek-alg'] !== NAME.toString())
        throw new Error('the context is another algorithm’s');
      if (!keys.kms) throw new Error('no KMS');
      return keys.kms(wrapped, context);
    }
  }
}

export interface OpenedObject {
  readonly plaintext: Buffer;
  /** What the page's names stand for. */
  readonly scope: Scope;
}

export function openV3(metadata: Metadata, body: Buffer, dataKey: Buffer): OpenedObject {
  const derived = v3.table('derived');
  const scope = { 'data key': dataKey, 'message id': base64(metadata['x-amz-i']) };
  const commitment = derive(derived, 'commitment', scope);
  if (!timingSafeEqual(commitment, base64(metadata['x-amz-d']))) throw new Error('another data key');
  const keys = {
    commitment,
    'content key': derive(derived, 'content key', scope),
    'name key': derive(derived, 'name key', scope),
  };
  return { plaintext: open(v3.table('sealed'), 'body', keys, body), scope: { ...scope, ...keys } };
}

export function openV2(metadata: Metadata, body: Buffer, dataKey: Buffer): OpenedObject {
  const scope = { 'data key': dataKey, IV: base64(metadata['x-amz-iv']) };
  return { plaintext: open(v2.table('sealed'), 'body', scope, body), scope };
}

/** The name of a V3 object or of a message, by the keys that opened it. */
export function openName(metadata: Metadata, scope: Scope): string {
  const { fields } = walk(name.table('field of the name'), base64(metadata['s3-envelope-name']));
  const sealed = fields['sealed name'] ?? Buffer.alloc(0);
  return open(
    name.table('sealed'),
    'sealed name',
    { ...scope, IV: fields['IV'] ?? sealed },
    sealed,
  ).toString();
}

export interface ReadLink {
  readonly secret: Buffer;
  readonly check: Buffer;
  readonly share: string;
  readonly wrappingKey: Buffer;
}

export function readLink(link: string): ReadLink {
  const token = link.slice(-48);
  const { fields } = walk(links.table('field of the token'), Buffer.from(token, 'base64url'));
  const { secret = Buffer.alloc(0), check = secret } = fields;
  const [, labelled = ''] =
    /SHA-256 of (.*)$/.exec(
      rowOf(links.table('field of the token'), 'field of the token', 'check')['value'] ?? '',
    ) ?? [];
  if (!sha256(bytesOf(labelled, fields)).subarray(0, 4).equals(check)) throw new Error('the link is damaged');
  const derived = links.table('derived');
  return {
    secret,
    check,
    share: derive(derived, 'share id', { secret }).toString('base64url'),
    wrappingKey: derive(derived, 'wrapping key', { secret }),
  };
}

/** The wrapping key of a backup file. */
export function readKeyFile(text: string): Buffer {
  const { format, version, key: encoded = '', fingerprint } = JSON.parse(text);
  const rows = section('The key backup file').table('entry');
  const [, labelled = ''] =
    /SHA-256 of (.*)$/.exec(rowOf(rows, 'entry', '`fingerprint`')['value'] ?? '') ?? [];
  const key = base64(encoded);
  const isKey = format === 's3-envelope-key' && version === 1 && key.length === 32;
  if (!isKey || sha256(bytesOf(labelled, { key })).toString('hex', 0, 8) !== fingerprint)
    throw new Error('no key file');
  return key;
}

export interface ReadMessage {
  readonly plaintext: Buffer;
  readonly suite: string;
  readonly context: Metadata;
  readonly header: Walked;
  /** All of its fields, from the first byte to the last. */
  readonly list: Walked['list'];
  /** What the page's names stand for. */
  readonly scope: Scope;
}

export interface MessageKeys {
  readonly provider: string;
  readonly name: string;
  readonly aes?: Buffer;
  readonly rsa?: { readonly key: KeyObject; readonly hash: string };
  readonly kms?: (blob: Buffer, context: Metadata) => Buffer;
  /** Pairs that the writer left out. */
  readonly leftOut?: Metadata;
}

/** The header of a file above 64 GiB: what the metadata says must be what the body begins with. */
export function checkHeader(metadata: Metadata, body: Buffer): void {
  const header = base64(metadata['s3-envelope-header']);
  if (header.length === 0 || !body.subarray(0, header.length).equals(header))
    throw new Error('another header');
}

export function openMessage(message: Buffer, keys: MessageKeys): ReadMessage {
  const parts = {
    'wrapped key': section('Wrapped key').table('field'),
    pair: section('Pair').table('field'),
  };
  const version = message[0] ?? 0;
  const header = walk(section(`Header ${version}`).table('field'), message, { parts });
  const h = header.fields;
  const suite = h['suite']?.toString('hex') ?? '';
  const facts = rowOf(section('ESDK messages').table('suite'), 'suite', `\`${suite}\``);
  if (facts['header'] !== String(version)) throw new Error('the suite has another header');

  const stored = readContext(h['context'] ?? Buffer.alloc(0), parts);
  const context = { ...stored, ...keys.leftOut };
  const scope: Record<string, Buffer> = { ...h, 'whole context': writeContext(context) };
  const dataKey = unwrapMessageKey(header, keys, scope, context);
  const keyBytes = Number(facts['data key and content key, bytes']);
  if (dataKey.length !== keyBytes) throw new Error('the data key has another length');
  scope['data key'] = dataKey;

  const rows = section('Keys and tags')
    .table('header', 'derived')
    .filter((row) => row['header'] === String(version));
  scope['content key'] = facts['HKDF']
    ? derive(rows, 'content key', scope, { hash: facts['HKDF'], bytes: keyBytes })
    : dataKey;
  if (version === 2) scope['name key'] = derive(rows, 'name key', scope);
  if (version === 2 && !derive(rows, 'commitment', scope).equals(h['commitment'] ?? dataKey))
    throw new Error('another data key');
  const tagged = header.offsets['header IV'] ?? header.offsets['header tag'];
  scope['header before its IV and tag'] = message.subarray(0, tagged);
  scope['context left out'] = writeContext(keys.leftOut ?? {});
  const sealed = section('Keys and tags').table('sealed');
  open(sealed, 'header tag', scope, h['header tag'] ?? dataKey);

  const list: (readonly [string, Buffer])[] = [...header.list];
  const plaintext: Buffer[] = [];
  let at = header.end;
  for (let number = 1, isLast = false; !isLast; number++) {
    isLast = message.readUInt32BE(at) === 0xffffffff;
    const kind = isLast ? 'last frame' : 'frame';
    const frame = walk(section(isLast ? 'Last frame' : 'Frame').table('field'), message, { at, scope: h });
    if (frame.fields['number']?.readUInt32BE() !== number) throw new Error('a frame is missing');
    const { content = Buffer.alloc(0), tag = content } = frame.fields;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    plaintext.push(
      open(
        sealed,
        kind,
        { ...scope, ...frame.fields, 'content length': length },
        Buffer.concat([content, tag]),
      ),
    );
    list.push(...frame.list.map(([label, bytes]) => [`frame ${number}: ${label}`, bytes] as const));
    at = frame.end;
  }
  const [curve, hash] = facts['signature']?.split(', ') ?? [];
  if (curve && hash) {
    const footer = walk(section('Footer').table('field'), message, { at });
    const publicKey = pointOf(curve, base64(stored['aws-crypto-public-key']));
    const signed = message.subarray(0, at);
    if (
      !verify(hash.replace('-', '').toLowerCase(), signed, publicKey, footer.fields['signature'] ?? dataKey)
    )
      throw new Error('the signature is another’s');
    list.push(...footer.list);
    at = footer.end;
  }
  if (at !== message.length) throw new Error('something follows the message');
  return { plaintext: Buffer.concat(plaintext), suite, context, header, list, scope };
}

function unwrapMessageKey(header: Walked, keys: MessageKeys, scope: Scope, context: Metadata): Buffer {
  for (const { fields } of header.parts['wrapped keys'] ?? []) {
    const { provider, info, ciphertext } = fields;
    if (!info || !ciphertext || provider?.toString() !== keys.provider) continue;
    if (keys.aes) {
      const { fields: named } = walk(section('Wrapped key').table('field of the info'), info);
      if (named['key name']?.toString() !== keys.name) continue;
      const rows = section('Keys and tags').table('sealed');
      return open(rows, 'ciphertext', { ...scope, ...named, 'wrapping key': keys.aes }, ciphertext);
    }
    if (info.toString() !== keys.name) continue;
    if (keys.rsa) {
      const { key, hash } = keys.rsa;
      return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, ciphertext);
    }
    if (keys.kms) return keys.kms(ciphertext, context);
  }
  throw new Error('no wrapped key fits');
}

function readContext(bytes: Buffer, parts: Readonly<Record<string, readonly Row[]>>): Metadata {
  if (bytes.length === 0) return {};
  const { parts: read, end } = walk(section('Encryption context').table('field'), bytes, { parts });
  if (end !== bytes.length) throw new Error('something follows the context');
  const pairs = (read['pairs'] ?? []).map(({ fields }) => [String(fields['key']), String(fields['value'])]);
  return Object.fromEntries(pairs);
}

function writeContext(context: Metadata): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((field) => Buffer.from(field)));
  if (pairs.length === 0) return Buffer.alloc(0);
  const counted = (field: Buffer) => [uint16(field.length), field];
  pairs.sort(([a = Buffer.alloc(0)], [b = a]) => Buffer.compare(a, b));
  return Buffer.concat([uint16(pairs.length), ...pairs.flat().flatMap(counted)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function pointOf(curve: string, compressed: Buffer): KeyObject {
  const name = curve === 'P-256' ? 'prime256v1' : 'secp384r1';
  const point = ECDH.convertKey(compressed, name, undefined, undefined, 'uncompressed') as Buffer;
  const half = (point.length - 1) / 2;
  const [x, y] = [point.subarray(1, 1 + half), point.subarray(1 + half)].map((part) =>
    part.toString('base64url'),
  );
  return createPublicKey({ key: { kty: 'EC', crv: curve, x, y } as never, format: 'jwk' });
}

import { describe, expect, it } from 'vitest';
import { type Bytes, equalBytes, fromBase64, toBase64, utf8 } from '../core/bytes.ts';
import { encrypt, encryptMessage } from '../core/esdk/esdk.ts';
import { codeOf } from '../core/s3ec/test-objects.ts';
import { createSharedKeyring } from '../share/shared-keyring.ts';
import { nameField } from './file-name.ts';
import { lockFile, relockFile } from './lock-file.ts';
import { examineObject, type ObjectFormat, type ObjectKeyring, openFile } from './objects.ts';
import { largestFile, planParts } from './plan.ts';
import { headerField } from './sealed-object.ts';
import { personalKeyring, type StoredObject, storeOf } from './test-objects.ts';

const MiB = 2 ** 20;
const keyring = await personalKeyring();
const name = 'größer 😀.txt';

function sample(length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
}

/** Stored in one piece. */
async function stored(plaintext: Bytes, format: ObjectFormat): Promise<StoredObject> {
  const request = { keyring, plaintextLength: plaintext.length, name, format };
  const { encryptor, metadata } = await lockFile(request);
  return { metadata, body: await encryptor.seal(0, plaintext.slice()) };
}

async function openWhole(object: StoredObject, keys: ObjectKeyring = keyring) {
  const { head, store } = storeOf(object);
  const opened = await openFile(store, head, keys);
  const { decryptor } = opened;
  const range = decryptor.objectRange({ start: 0, end: decryptor.plaintextLength });
  const plaintext = await decryptor.open(0, await store.read(head.key, range, head));
  await decryptor.verify();
  return { ...opened, plaintext };
}

describe.each(['s3ec', 'esdk'] as const)('a file as %s', (format) => {
  it.each([0, 1, 1000, MiB + 1])('of %d bytes comes back, under its name', async (length) => {
    const object = await stored(sample(length), format);
    const opened = await openWhole(object);
    expect(equalBytes(opened.plaintext, sample(length))).toBe(true);
    expect([opened.format, opened.name]).toEqual([format, name]);
    expect(opened.decryptor.verifies).toBe(format === 'esdk' ? 'range' : 'whole');
  });

  it('takes a name that fills what S3 keeps of metadata, and none of a byte more', async () => {
    const request = { keyring, plaintextLength: 1, format };
    const sizeOf = (metadata: Readonly<Record<string, string>>) =>
      utf8(Object.entries(metadata).flat().join('')).length;
    const { metadata: short } = await lockFile({ ...request, name: '' });
    // Base64 of its IV and tag is there already: 40 characters, of which the last three bytes are padded.
    const room = 2048 - (sizeOf(short) - 40);
    const most = Math.floor(room / 4) * 3 - 28;
    const fits = 'ü'.repeat(Math.floor(most / 2)) + 'x'.repeat(most % 2);
    const { metadata } = await lockFile({ ...request, name: fits });
    expect(sizeOf(metadata)).toBeLessThanOrEqual(2048);
    expect(sizeOf(metadata)).toBeGreaterThan(2044);
    await expect(lockFile({ ...request, name: `${fits}x` })).rejects.toMatchObject({
      code: 'metadata-too-large',
      details: { nameBytes: most + 1, maxNameBytes: most },
    });
  });

  it('says which key opens it, how long it is, and no more, without a read of its body', async () => {
    const object = await stored(sample(1000), format);
    const { head, store, reads } = storeOf(object);
    const sealed = await examineObject(store, head);
    expect(sealed.format).toBe(format);
    expect(sealed.plaintextLength()).toBe(1000);
    expect(sealed.wraps).toMatchObject([
      { wrapAlgorithm: 'AES/GCM', description: { 's3-envelope-key': '0011223344556677' } },
    ]);
    expect((await sealed.open(keyring)).name).toBe(name);
    expect(reads).toEqual([]);
    expect(JSON.stringify(object.metadata)).not.toContain(toBase64(utf8(name)).slice(0, 8));
  });

  it('does not open with another key', async () => {
    const object = await stored(sample(10), format);
    const another = await personalKeyring(8);
    expect(await codeOf(() => openWhole(object, another))).toBe('unwrap-failed');
  });

  it('does not take the name of another object', async () => {
    const [object, other] = [await stored(sample(10), format), await stored(sample(10), format)];
    const metadata = { ...object.metadata, [nameField]: other.metadata[nameField] ?? '' };
    expect(await codeOf(() => openWhole({ ...object, metadata }))).toBe('tag-mismatch');
  });

  it('is sealed again as it was, part by part, from the metadata alone', async () => {
    const plaintextLength = 2 * MiB + 5;
    const request = { keyring, plaintextLength, name, format };
    const { encryptor, metadata } = await lockFile(request);
    const again = await relockFile({ keyring, metadata, plaintextLength });
    const whole = sample(plaintextLength);
    for (const { start, end } of [
      { start: 0, end: MiB },
      { start: MiB, end: 2 * MiB },
      { start: 2 * MiB, end: plaintextLength },
    ]) {
      expect(again.objectRange({ start, end })).toEqual(encryptor.objectRange({ start, end }));
      const [first, second] = await Promise.all(
        [encryptor, again].map((each) => each.seal(start, whole.slice(start, end))),
      );
      expect(equalBytes(first ?? whole, second ?? utf8(''))).toBe(true);
    }
    const stranger = await personalKeyring(8);
    expect(await codeOf(() => relockFile({ keyring: stranger, metadata, plaintextLength }))).toBe(
      'unwrap-failed',
    );
  });

  it('opens for whoever has its data key', async () => {
    const object = await stored(sample(10), format);
    const { dataKey } = await openWhole(object);
    expect((await openWhole(object, createSharedKeyring(dataKey(), format))).plaintext).toEqual(sample(10));
    const other = await stored(sample(10), format);
    expect(await codeOf(() => openWhole(other, createSharedKeyring(dataKey(), format)))).toBe(
      'commitment-mismatch',
    );
    const wrongFormat = format === 'esdk' ? 's3ec' : 'esdk';
    expect(await codeOf(() => openWhole(object, createSharedKeyring(dataKey(), wrongFormat)))).toBe(
      'no-key-fits',
    );
  });
});

describe('a file of any length, by arithmetic', () => {
  const GiB = 1024 * MiB;
  const TiB = 1024 * GiB;

  it.each([
    ['64 GiB less 32 bytes', 64 * GiB - 32, 's3ec', 8192],
    ['a byte more', 64 * GiB - 31, 'esdk', 8192],
    ['64 GiB', 64 * GiB, 'esdk', 8192],
    ['1 TiB', TiB, 'esdk', 9987],
    ['the largest in parts that fit into memory', largestFile(false), 'esdk', 10_000],
    ['the largest that S3 takes', largestFile(true), 'esdk', 10_000],
  ])('%s becomes parts that S3 takes, and comes back', async (_, plaintextLength, format, count) => {
    const { encryptor, metadata } = await lockFile({ keyring, plaintextLength, name });
    const frames = Math.ceil(plaintextLength / MiB);
    const headerLength = fromBase64(metadata[headerField] ?? '')?.length ?? 0;
    const overhead = format === 'esdk' ? headerLength + 32 * (frames - 1) + 40 : 16;
    expect(encryptor.objectLength).toBe(plaintextLength + overhead);

    const parts = planParts(plaintextLength, encryptor.granularity, { onDisk: true });
    expect(parts).toHaveLength(count);
    let end = 0;
    for (const part of parts) {
      const range = encryptor.objectRange(part);
      if (range.start !== end) throw new Error(`a part does not begin at ${end}`);
      if (range.end - range.start > 5 * GiB) throw new Error('a part is larger than S3 takes');
      end = range.end;
    }
    expect(end).toBe(encryptor.objectLength);

    const { head, store } = storeOf({ metadata, body: utf8('') });
    const sealed = await examineObject(store, { ...head, size: encryptor.objectLength });
    expect([sealed.format, sealed.plaintextLength()]).toEqual([format, plaintextLength]);
    const { decryptor } = await sealed.open(keyring);
    const last = parts.at(-1) ?? { start: 0, end: 0 };
    expect(decryptor.objectRange(last)).toEqual(encryptor.objectRange(last));
  });

  it('is refused in a format that does not hold it', async () => {
    const request = { keyring, plaintextLength: 64 * GiB, name, format: 's3ec' } as const;
    expect(await codeOf(() => lockFile(request))).toBe('too-large');
    // 2^32 - 1 frames of 1 MiB are 4 PiB, which no number of parts holds either.
    const beyond = { keyring, plaintextLength: 2 ** 32 * MiB, name };
    expect(await codeOf(() => lockFile(beyond))).toBe('too-large');
  });
});

describe('a message', () => {
  it('has its header in the metadata as well, and is whole without', async () => {
    const object = await stored(sample(1000), 'esdk');
    const header = fromBase64(object.metadata[headerField] ?? '') ?? new Uint8Array();
    expect(object.body.slice(0, header.length)).toEqual(header);
    expect(header.length).toBeGreaterThan(92);

    const { plaintext, name: noName } = await openWhole({ ...object, metadata: {} });
    expect(plaintext).toEqual(sample(1000));
    expect(noName).toBeUndefined();
  });

  it('that another program stored opens, signed or not', async () => {
    for (const suite of ['0478', '0578'] as const) {
      const body = await encrypt(sample(1000), { keyring: await keyring.esdk(), suite, frameLength: 100 });
      const opened = await openWhole({ metadata: {}, body });
      expect(opened.plaintext).toEqual(sample(1000));
      expect(opened.decryptor.verifies).toBe(suite === '0578' ? 'whole' : 'range');
    }
  });

  it('of frames that no page can hold is refused', async () => {
    const options = { keyring: await keyring.esdk(), frameLength: 2 ** 29 };
    const encryptor = await encryptMessage({ ...options, plaintextLength: 2 ** 30 });
    const { head, store } = storeOf({
      metadata: { [headerField]: toBase64(encryptor.header) },
      body: utf8(''),
    });
    const opening = openFile(store, { ...head, size: encryptor.objectLength }, keyring);
    expect(await codeOf(() => opening)).toBe('limit-exceeded');
  });
});

describe('what is no file of ours', () => {
  it.each([
    ['is empty', utf8(''), 'not-encrypted'],
    ['is text', utf8('hello'), 'not-encrypted'],
    ['begins as a message does, and ends', Uint8Array.of(2, 4, 0x78, 1), 'truncated'],
    ['is a message in base64', utf8('AgR4AAAA'), 'metadata-invalid'],
  ])('and %s is refused', async (_, body, code) => {
    expect(await codeOf(() => openWhole({ metadata: {}, body }))).toBe(code);
  });

  it('and claims to be of both formats is refused', async () => {
    const [object, message] = [await stored(sample(10), 's3ec'), await stored(sample(10), 'esdk')];
    const metadata = { ...object.metadata, ...message.metadata };
    expect(await codeOf(() => openWhole({ ...object, metadata }))).toBe('metadata-mixed');
    expect(await codeOf(() => openWhole({ ...message, metadata }))).toBe('metadata-mixed');
  });
});

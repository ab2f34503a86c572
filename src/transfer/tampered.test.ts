/** Messages that somebody changed in the store, down the way that every download takes. */
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, equalBytes, fromBase64, toBase64 } from '../core/bytes.ts';
import type { ErrorCode } from '../core/errors.ts';
import { codeOf } from '../core/s3ec/test-objects.ts';
import { createSlots } from '../core/slots.ts';
import { downloadObject } from './download.ts';
import { nameField } from './file-name.ts';
import { lockFile } from './lock-file.ts';
import { openFile } from './objects.ts';
import { headerField } from './sealed-object.ts';
import type { Sink } from './sinks/sink.ts';
import { personalKeyring, type StoredObject, storeOf } from './test-objects.ts';

const MiB = 2 ** 20;
const keyring = await personalKeyring();
const plaintext = Uint8Array.from({ length: 2 * MiB + 5 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);

async function store(name = 'evidence.bin'): Promise<StoredObject> {
  const request = { keyring, plaintextLength: plaintext.length, name, format: 'esdk' } as const;
  const { encryptor, metadata } = await lockFile(request);
  return { metadata, body: await encryptor.seal(0, plaintext.slice()) };
}

const honest = await store();
const other = await store();
const header = fromBase64(honest.metadata[headerField] ?? '') ?? new Uint8Array();
const frameBytes = MiB + 32;
/** Where frame n begins, from 0; the third is the last. */
const frame = (index: number) => header.length + index * frameBytes;

/** What arrives where a download ends, which must be all or nothing. */
async function download(object: StoredObject): Promise<Bytes> {
  const { head, store } = storeOf(object);
  const written = new Uint8Array(plaintext.length);
  const delivered: Bytes[] = [];
  const sink: Sink = {
    async write(position, bytes) {
      written.set(bytes, position);
    },
    async deliver() {
      delivered.push(written);
    },
    async discard() {
      written.fill(0);
    },
  };
  const ignore = () => {};
  try {
    const { decryptor } = await openFile(store, head, keyring);
    await downloadObject({
      ...{ store, head, decryptor, sink, slots: createSlots(4), signal: new AbortController().signal },
      ...{ onReceived: ignore, onVerifying: ignore, onSaving: ignore, onOffline: ignore },
    });
  } catch (error) {
    expect(delivered).toEqual([]);
    throw error;
  }
  return delivered[0] ?? new Uint8Array();
}

function flipped(bytes: Bytes, at: number, mask = 1): Bytes {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ mask;
  return changed;
}

const withHeader = (bytes: Bytes): StoredObject => ({
  ...honest,
  metadata: { ...honest.metadata, [headerField]: toBase64(bytes) },
});
const withBody = (body: Bytes): StoredObject => ({ ...honest, body });
const refused = async (object: StoredObject, code: ErrorCode) =>
  expect(await codeOf(() => download(object))).toBe(code);

it('a message that nobody changed comes back', async () => {
  expect(equalBytes(await download(honest), plaintext)).toBe(true);
});

describe('one bit of the header in the metadata', () => {
  // Fields as they follow each other in `docs/formats.md`, header 2, with one raw key of 15 and 16 characters.
  it.each([
    ['the version', 0, 'metadata-invalid'],
    ['the suite', 2, 'algorithm-unsupported'],
    ['the message id', 3, 'commitment-mismatch'],
    ["the context's length", 36, 'metadata-invalid'],
    ['the number of keys', 38, 'metadata-incomplete'],
    ["the key's namespace", 41, 'no-key-fits'],
    ["the key's name", 58, 'no-key-fits'],
    ['the IV that it wraps with', 88, 'unwrap-failed'],
    ['the wrapped data key', 96, 'unwrap-failed'],
    ['the content type', 144, 'metadata-invalid'],
    ['the frame length', 148, 'tag-mismatch'],
    ['the commitment', 149, 'commitment-mismatch'],
    ['the tag', 181, 'tag-mismatch'],
  ] as const)('%s: refused', async (_, at, code) => {
    expect(header).toHaveLength(197);
    await refused(withHeader(flipped(header, at)), code);
  });

  it('the suite, so that it would be a signed one: refused', async () => {
    await refused(withHeader(flipped(header, 1)), 'metadata-incomplete');
  });

  it('any at all: refused, and never taken for what is not encrypted', async () => {
    for (let bit = 0; bit < 8 * header.length; bit += 5) {
      const code = await codeOf(() => download(withHeader(flipped(header, bit >> 3, 1 << (bit & 7)))));
      expect([code, bit]).not.toEqual(['no error', bit]);
      expect([code, bit]).not.toEqual(['not-encrypted', bit]);
      expect([code, bit]).not.toEqual(['internal-error', bit]);
    }
  });
});

describe('metadata', () => {
  it.each([
    ['of another file of the same owner', other.metadata, 'object-changed'],
    ['with the name of another file', { [nameField]: other.metadata[nameField] ?? '' }, 'tag-mismatch'],
    ['with a header that is cut', { [headerField]: toBase64(header.slice(0, -1)) }, 'metadata-invalid'],
    [
      'with a header that goes on',
      { [headerField]: toBase64(concatBytes(header, header)) },
      'metadata-invalid',
    ],
    ['with a header that is empty', { [headerField]: '' }, 'metadata-invalid'],
    ['with a header that is no base64', { [headerField]: 'header!' }, 'metadata-invalid'],
    ['with a header of megabytes', { [headerField]: 'A'.repeat(4_000_000) }, 'metadata-invalid'],
  ] as const)('%s: refused', async (_, changes, code) => {
    await refused({ ...honest, metadata: { ...honest.metadata, ...changes } }, code);
  });

  it('with one bit of the name changed: refused', async () => {
    const sealed = fromBase64(honest.metadata[nameField] ?? '') ?? new Uint8Array();
    for (let at = 0; at < sealed.length; at++) {
      const metadata = { ...honest.metadata, [nameField]: toBase64(flipped(sealed, at)) };
      await refused({ ...honest, metadata }, 'tag-mismatch');
    }
  });

  it('that is lost: the body says the same', async () => {
    const { [headerField]: _, ...metadata } = honest.metadata;
    const { head, store } = storeOf({ ...honest, metadata });
    expect((await openFile(store, head, keyring)).name).toBe('evidence.bin');
    expect(equalBytes(await download({ ...honest, metadata }), plaintext)).toBe(true);
  });
});

describe('a body', () => {
  const { body } = honest;
  const end = body.length;
  it.each([
    ['with one bit of its header changed', flipped(body, 40), 'object-changed'],
    ['with one bit of a frame number changed', flipped(body, frame(1) + 3), 'frame-invalid'],
    ['with one bit of an IV changed', flipped(body, frame(1) + 15), 'tag-mismatch'],
    ['with one bit of the content changed', flipped(body, frame(1) + 500_000), 'tag-mismatch'],
    ['with one bit of a tag changed', flipped(body, frame(2) - 1), 'tag-mismatch'],
    ["with one bit of the last frame's mark changed", flipped(body, frame(2)), 'frame-invalid'],
    ["with one bit of the last frame's number changed", flipped(body, frame(2) + 7), 'frame-invalid'],
    ["with one bit of the last frame's length changed", flipped(body, frame(2) + 23), 'length-mismatch'],
    ["with one bit of the last frame's content changed", flipped(body, end - 18), 'tag-mismatch'],
    ["with one bit of the last frame's tag changed", flipped(body, end - 1), 'tag-mismatch'],
    [
      'with two frames swapped',
      concatBytes(
        header,
        body.subarray(frame(1), frame(2)),
        body.subarray(frame(0), frame(1)),
        body.subarray(frame(2)),
      ),
      'frame-invalid',
    ],
    [
      'with a frame of another file in its place',
      concatBytes(
        body.subarray(0, frame(1)),
        other.body.subarray(frame(1), frame(2)),
        body.subarray(frame(2)),
      ),
      'tag-mismatch',
    ],
    ['without its first frame', concatBytes(header, body.subarray(frame(1))), 'frame-invalid'],
    ['without its last frame', body.slice(0, frame(2)), 'truncated'],
    ['without its last byte', body.slice(0, -1), 'truncated'],
    ['cut in a frame', body.slice(0, frame(1) + 1000), 'truncated'],
    ['cut in its header', body.slice(0, 100), 'truncated'],
    ['with a byte more', concatBytes(body, Uint8Array.of(0)), 'length-mismatch'],
    ['of another file of the same owner', other.body, 'object-changed'],
    ['that is the plaintext', plaintext, 'object-changed'],
  ] as const)('%s: refused', async (_, changed, code) => {
    await refused(withBody(changed as Bytes), code);
  });
});

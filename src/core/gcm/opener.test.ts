import { describe, expect, it } from 'vitest';
import { type Bytes, toHex } from '../bytes.ts';
import { createGcmOpener, importGcmKey } from './gcm.ts';
import { codeOf, cutEvery, filled, openInCuts, sealAtOnce } from './test-messages.ts';

const raw = filled(32);
const key = await importGcmKey(raw);
const iv = filled(12, 2);
const additionalData = filled(5, 3);
const plaintext = filled(85, 4);
const sealed = await sealAtOnce(raw, iv, plaintext, additionalData);
const tag = sealed.slice(85);
const tuning = { segmentBytes: 32 };

const createOpener = (plaintextLength = 85) =>
  createGcmOpener({ key, iv, additionalData, plaintextLength }, tuning);
const part = (start: number, end: number) => sealed.slice(start, end);

/** Every copy of the bytes that differs from them in one bit. */
const flips = (bytes: Bytes) =>
  Array.from({ length: 8 * bytes.length }, (_, bit) =>
    bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
  );

describe('what is not what was sealed', () => {
  const open = (changes: { sealed?: Bytes; iv?: Bytes; additionalData?: Bytes; raw?: Bytes }) =>
    importGcmKey(changes.raw ?? raw).then((changedKey) =>
      openInCuts(
        { key: changedKey, iv: changes.iv ?? iv, additionalData: changes.additionalData ?? additionalData },
        changes.sealed ?? sealed,
        cutEvery(48, (changes.sealed ?? sealed).length - 16),
        tuning,
      ),
    );

  it('is opened when nothing changed', async () => {
    expect(toHex(await open({}))).toBe(toHex(plaintext));
  });

  it('every bit of ciphertext and tag', async () => {
    for (const changed of flips(sealed)) expect(await codeOf(open({ sealed: changed }))).toBe('tag-mismatch');
  });

  it('every bit of the IV', async () => {
    for (const changed of flips(iv)) expect(await codeOf(open({ iv: changed }))).toBe('tag-mismatch');
  });

  it('every bit of the additional data', async () => {
    for (const changed of flips(additionalData)) {
      expect(await codeOf(open({ additionalData: changed }))).toBe('tag-mismatch');
    }
  });

  it('every bit of the key', async () => {
    for (const changed of flips(raw)) expect(await codeOf(open({ raw: changed }))).toBe('tag-mismatch');
  });

  it.each([
    ['a byte less additional data', { additionalData: additionalData.slice(1) }],
    ['a zero byte more additional data', { additionalData: Uint8Array.of(...additionalData, 0) }],
    ['no additional data', { additionalData: new Uint8Array() }],
    ['a byte less', { sealed: Uint8Array.of(...part(0, 84), ...tag) }],
    ['a zero byte more', { sealed: Uint8Array.of(...part(0, 85), 0, ...tag) }],
    ['a block less', { sealed: Uint8Array.of(...part(16, 85), ...tag) }],
    ['two blocks exchanged', { sealed: Uint8Array.of(...part(16, 32), ...part(0, 16), ...part(32, 101)) }],
    ['nothing but the tag', { sealed: tag }],
  ])('%s', async (_name, changes) => {
    expect(await codeOf(open(changes))).toBe('tag-mismatch');
  });
});

describe('opening', () => {
  it('seeks', async () => {
    const opener = await createOpener();
    expect(toHex(await opener.open(48, part(48, 64)))).toBe(toHex(plaintext.slice(48, 64)));
    expect(toHex(await opener.open(80, part(80, 85)))).toBe(toHex(plaintext.slice(80, 85)));
  });

  it('takes the place of the ciphertext', async () => {
    const opener = await createOpener();
    const body = sealed.slice();
    await opener.open(0, body.subarray(0, 85), body);
    expect(toHex(body.slice(0, 85))).toBe(toHex(plaintext));
    await opener.verify(body.slice(85));
  });

  it('gives the same for a range that comes again', async () => {
    const opener = await createOpener();
    await opener.open(0, part(0, 85));
    expect(toHex(await opener.open(0, part(0, 85)))).toBe(toHex(plaintext));
    await opener.verify(tag);
  });

  it('refuses a range that comes again with another ciphertext, and keeps to the first', async () => {
    const opener = await createOpener();
    await opener.open(0, part(0, 85));
    for (const changed of flips(part(0, 85)).slice(0, 24)) {
      const into = filled(85);
      expect(await codeOf(opener.open(0, changed, into))).toBe('tag-mismatch');
      expect(into).toEqual(new Uint8Array(85));
    }
    await opener.verify(tag);
  });

  it('does not let a good second copy excuse a bad first one', async () => {
    const opener = await createOpener();
    await opener.open(0, flips(part(0, 85))[100]!);
    expect(await codeOf(opener.open(0, part(0, 85)))).toBe('tag-mismatch');
    expect(await codeOf(opener.verify(tag))).toBe('tag-mismatch');
  });

  it('refuses ranges that overlap or reach beyond the message', async () => {
    const opener = await createOpener();
    await opener.open(16, part(16, 48));
    expect(await codeOf(opener.open(32, part(32, 64)))).toBe('bad-argument');
    expect(await codeOf(opener.open(80, part(80, 86)))).toBe('bad-argument');
    expect(await codeOf(opener.open(8, part(8, 16)))).toBe('bad-argument');
  });

  it('refuses IVs of other sizes, and messages that are too long', async () => {
    for (const length of [0, 8, 11, 13, 16]) {
      const code = await codeOf(createGcmOpener({ key, iv: new Uint8Array(length), plaintextLength: 1 }));
      expect(code).toBe('bad-argument');
    }
    expect(await codeOf(createOpener(2 ** 36 - 31))).toBe('too-large');
    expect(await codeOf(createOpener(-1))).toBe('bad-argument');
  });
});

describe('verifying', () => {
  it('refuses a message with a piece missing, wherever', async () => {
    const cuts = cutEvery(16, 85);
    for (const missing of cuts) {
      const opener = await createOpener();
      for (const cut of cuts) if (cut !== missing) await opener.open(cut.start, part(cut.start, cut.end));
      expect(await codeOf(opener.verify(tag))).toBe('truncated');
      await opener.open(missing.start, part(missing.start, missing.end));
      await opener.verify(tag);
    }
  });

  it('does not count what is still at work', async () => {
    const opener = await createOpener();
    const opening = opener.open(0, part(0, 85));
    expect(await codeOf(opener.verify(tag))).toBe('truncated');
    await opening;
    await opener.verify(tag);
  });

  it('verifies an empty message', async () => {
    const empty = await sealAtOnce(raw, iv, new Uint8Array(), additionalData);
    const opener = await createOpener(0);
    await opener.verify(empty);
    expect(await codeOf(opener.verify(tag))).toBe('tag-mismatch');
  });

  it.each([0, 4, 12, 15, 17, 32])('refuses a tag of %d bytes', async (length) => {
    const opener = await createOpener();
    await opener.open(0, part(0, 85));
    const longer = new Uint8Array(length);
    longer.set(tag.subarray(0, length));
    expect(await codeOf(opener.verify(longer))).toBe('bad-argument');
  });
});

describe('a range from its plaintext', () => {
  const text = (start: number, end: number) => plaintext.slice(start, end);

  it('is vouched for with the others', async () => {
    for (const recalled of [0, 1, 2]) {
      const opener = await createOpener();
      const cuts = cutEvery(32, 85);
      await Promise.all(
        cuts.map(({ start, end }, index) =>
          index === recalled ? opener.recall(start, text(start, end)) : opener.open(start, part(start, end)),
        ),
      );
      expect(await codeOf(opener.verify(tag))).toBe('no error');
    }
  });

  it('leaves the plaintext as it is', async () => {
    const opener = await createOpener();
    const given = text(0, 64);
    await opener.recall(0, given);
    expect(toHex(given)).toBe(toHex(text(0, 64)));
  });

  it('every bit of it', async () => {
    for (const changed of flips(text(0, 16))) {
      const opener = await createOpener();
      await opener.recall(0, changed);
      await opener.open(16, part(16, 85));
      expect(await codeOf(opener.verify(tag))).toBe('tag-mismatch');
    }
  });

  it('is refused where it was opened as something else', async () => {
    const opener = await createOpener();
    await opener.open(0, part(0, 32));
    expect(await codeOf(opener.recall(0, text(0, 32)))).toBe('no error');
    expect(await codeOf(opener.recall(0, text(32, 64)))).toBe('tag-mismatch');
  });
});

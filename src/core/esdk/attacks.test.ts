/** What somebody can do who has the stored bytes and no key. */
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, equalBytes } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import { openPiece, sealPiece } from './content.ts';
import { createDecryptor } from './decryptor.ts';
import {
  type DecryptOptions,
  decrypt,
  encrypt,
  encryptMessage,
  type MessageKeyring,
  plaintextLengthIn,
  type SuiteId,
  unlockMessage,
} from './esdk.ts';
import { layOutObject, maxPieceBytes } from './layout.ts';
import {
  aesKeyring,
  collect,
  decryptStreamOf,
  flipBit,
  headerOf,
  openRanges,
  readers,
  sample,
} from './test-messages.ts';
import { openHeader } from './unlock.ts';

const keyring = await aesKeyring();
const options: DecryptOptions = { keyring };
const frameLength = 10;
const frameBytes = frameLength + 32;
const plaintext = sample(35);
const encryptionContext = { a: 'b' };
const committed = ['0478', '0578'] as const;

const messages = {
  '0478': await encrypt(plaintext, { keyring, frameLength, encryptionContext }),
  '0578': await encrypt(plaintext, { keyring, suite: '0578', frameLength, encryptionContext }),
};

interface Cut {
  readonly header: Bytes;
  /** Three of them, then the last one, shorter. */
  readonly frames: readonly Bytes[];
  readonly footer: Bytes;
}

function cut(message: Bytes): Cut {
  const header = headerOf(message).bytes;
  const body = message.slice(header.length);
  const starts = [0, 1, 2].map((index) => index * frameBytes);
  const last = 3 * frameBytes;
  const frames = [...starts.map((at) => body.slice(at, at + frameBytes)), body.slice(last, last + 45)];
  return { header, frames, footer: body.slice(last + 45) };
}

const join = ({ header, frames, footer }: Cut) => concatBytes(header, ...frames, footer);

/** All ways to read it refuse, and none has given out what is not the plaintext's beginning. */
async function refusals(
  message: Bytes,
  reading: DecryptOptions = options,
): Promise<(ErrorCode | 'no error')[]> {
  const { bytes, error } = await collect(decryptStreamOf(message, reading, 13));
  expect(error).toBeInstanceOf(EnvelopeError);
  expect(equalBytes(bytes, plaintext.subarray(0, bytes.length))).toBe(true);
  expect(bytes.length).toBeLessThan(plaintext.length);
  const codes = await Promise.all(Object.values(readers).map((read) => codeOf(() => read(message, reading))));
  expect(codes).not.toContain('no error');
  return codes;
}

const [whole, stream] = [0, 1] as const;

describe('S1 truncation', () => {
  it.each(committed)('wherever it is cut, %s is truncated and nothing else', async (suite) => {
    const message = messages[suite];
    for (let length = 0; length < message.length; length++) {
      const codes = await refusals(message.slice(0, length));
      expect([length, codes[whole], codes[stream]]).toEqual([length, 'truncated', 'truncated']);
    }
  });

  it('opened by ranges, a cut is found before the end is taken for the end', async () => {
    const message = messages['0478'];
    const unlocked = await unlockMessage(headerOf(message), options);
    const codes = new Set<ErrorCode | 'no error'>();
    for (let length = headerOf(message).bytes.length; length < message.length; length++) {
      codes.add(await codeOf(() => openRanges(unlocked.decryptor(length), message.slice(0, length), 1)));
    }
    expect([...codes].sort()).toEqual(['length-mismatch', 'truncated']);
  });
});

describe('S2 extension', () => {
  it.each(committed)('by a byte, an old frame, a last frame or a whole message: %s', async (suite) => {
    const message = messages[suite];
    const { frames } = cut(message);
    for (const tail of [Uint8Array.of(0), frames[0], frames[3], frames[2], message, cut(message).footer]) {
      if (!tail || tail.length === 0) continue;
      const codes = await refusals(concatBytes(message, tail));
      expect([codes[whole], codes[stream]]).toEqual(['length-mismatch', 'length-mismatch']);
    }
  });
});

describe('S3 frames in another order', () => {
  const arrangements: readonly [string, readonly number[], number][] = [
    ['swapped', [1, 0, 2, 3], 1],
    ['swapped behind the first', [0, 2, 1, 3], 2],
    ['repeated', [0, 0, 1, 2, 3], 2],
    ['dropped at the beginning', [1, 2, 3], 1],
    ['dropped in the middle', [0, 2, 3], 2],
    ['dropped before the last', [0, 1, 3], 3],
    ['the last one first', [3, 0, 1, 2], 1],
  ];
  for (const suite of committed) {
    it.each(arrangements)(`${suite}: %s, and the frame is named`, async (_, order, frame) => {
      const parts = cut(messages[suite]);
      const message = join({
        ...parts,
        frames: order.map((index) => parts.frames[index] ?? new Uint8Array()),
      });
      const codes = await refusals(message);
      expect([codes[whole], codes[stream]]).toEqual(['frame-invalid', 'frame-invalid']);
      await expect(decrypt(message, options)).rejects.toMatchObject({ details: { frame } });
    });
  }

  it.each(committed)('%s: renumbered to fit, it fails the tag', async (suite) => {
    const { header, frames, footer } = cut(messages[suite]);
    const renumbered = frames.map((bytes, index) => {
      const frame = bytes.slice();
      frame[index < 3 ? 3 : 7] = index + 1;
      return frame;
    });
    const swapped = [renumbered[0], frames[2]?.slice(), frames[1]?.slice(), renumbered[3]].map(
      (frame, index) => {
        if (frame && index < 3) frame[3] = index + 1;
        return frame ?? new Uint8Array();
      },
    );
    const codes = await refusals(join({ header, frames: swapped, footer }));
    expect([codes[whole], codes[stream]]).toEqual(['tag-mismatch', 'tag-mismatch']);
  });
});

describe('S4 a frame of another message', () => {
  it.each(committed)('sealed under the same data key: %s', async (suite) => {
    // The worst that can be: both messages have one data key.
    const dataKey = new Uint8Array(32).fill(3);
    const wrapSame: MessageKeyring = {
      ...keyring,
      wrap: (request) => keyring.wrap({ ...request, dataKey: dataKey.slice() }),
    };
    const sealed = () => encrypt(plaintext, { keyring: wrapSame, suite, frameLength, encryptionContext });
    const [one, other] = [cut(await sealed()), cut(await sealed())];
    for (const index of [0, 1, 2, 3]) {
      const frames = one.frames.map((frame, at) => (at === index ? other.frames[at] : frame) ?? frame);
      const codes = await refusals(join({ ...one, frames }));
      expect(codes[whole]).toBe('tag-mismatch');
      // A stream checks the signature before it opens the last frame.
      expect(codes[stream]).toBe(suite === '0578' && index === 3 ? 'signature-mismatch' : 'tag-mismatch');
    }
  });
});

describe('S5 a bit of the header', () => {
  it.each(committed)('whichever is flipped in %s, nothing comes out', async (suite) => {
    const message = messages[suite];
    const { length } = headerOf(message).bytes;
    const codes = new Set<ErrorCode>();
    for (let bit = 0; bit < 8 * length; bit++) {
      const changed = flipBit(message, bit);
      const { bytes, error } = await collect(decryptStreamOf(changed, options, 64));
      expect([bit, bytes.length]).toEqual([bit, 0]);
      expect(error).toBeInstanceOf(EnvelopeError);
      codes.add((error as EnvelopeError).code);
    }
    const expected: ErrorCode[] = [
      'algorithm-unsupported',
      'commitment-mismatch',
      'limit-exceeded',
      'metadata-incomplete',
      'metadata-invalid',
      'metadata-mixed',
      'no-key-fits',
      'not-encrypted',
      'tag-mismatch',
      'truncated',
      'unwrap-failed',
    ];
    for (const code of codes) expect(expected).toContain(code);
    expect(codes).toContain('commitment-mismatch');
    expect(codes).toContain('tag-mismatch');
  });
});

describe('S6 a weaker suite', () => {
  const rewrite = (message: Bytes, suite: SuiteId) => {
    const changed = message.slice();
    const code = Number.parseInt(suite, 16);
    changed.set([code >> 8, code & 0xff], message[0] === 1 ? 2 : 1);
    return changed;
  };

  it('that does not commit is refused unless the reader asks for it', async () => {
    const commitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT';
    for (const suite of ['0014', '0178', '0378'] as const) {
      const message = await encrypt(plaintext, { keyring, suite, commitmentPolicy, frameLength });
      expect(new Set(await refusals(message))).toEqual(new Set(['commitment-required']));
      expect((await decrypt(message, { keyring, commitmentPolicy })).plaintext).toEqual(plaintext);
    }
  });

  it('written over a suite that commits is refused, whatever the policy', async () => {
    const reading = { keyring, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const;
    const codes = await refusals(rewrite(messages['0478'], '0178'), reading);
    expect(new Set(codes)).toEqual(new Set(['metadata-mixed']));
  });

  it('that drops the signature is refused', async () => {
    const parts = cut(rewrite(messages['0578'], '0478'));
    const codes = await refusals(join({ ...parts, footer: new Uint8Array() }));
    expect(new Set(codes)).toEqual(new Set(['metadata-mixed']));
  });

  it('that asks for a signature where there is none is refused', async () => {
    expect(new Set(await refusals(rewrite(messages['0478'], '0578')))).toEqual(
      new Set(['metadata-incomplete']),
    );
  });

  it('of a header that says that there are no frames is refused', async () => {
    const message = messages['0478'].slice();
    const at = headerOf(message).body.length - 37;
    expect(message[at]).toBe(2);
    message[at] = 1;
    expect(new Set(await refusals(message))).toEqual(new Set(['metadata-invalid']));
    message.fill(0, at + 1, at + 5);
    for (const code of await refusals(message)) expect(['tag-mismatch', 'truncated']).toContain(code);
  });
});

describe('S15 a length that is not true', () => {
  it.each([-1, 1, -16, 16, -frameBytes, frameBytes, 3 * frameBytes, 2 ** 40])(
    'of the object, by %d bytes, is found by the frames',
    async (difference) => {
      const message = messages['0478'];
      const unlocked = await unlockMessage(headerOf(message), options);
      const claimed = message.length + difference;
      const code = await codeOf(async () => {
        const decryptor = unlocked.decryptor(claimed);
        // The server sends what it claims to have.
        const sent = concatBytes(message, new Uint8Array(4 * frameBytes)).slice(0, claimed);
        await openRanges(decryptor, sent, 1);
      });
      expect(['truncated', 'length-mismatch', 'frame-invalid', 'bad-argument']).toContain(code);
      if (difference < 2 ** 40) expect(code).not.toBe('bad-argument');
    },
  );

  it('of the last frame is authenticated', async () => {
    const { header, frames, footer } = cut(messages['0478']);
    const last = frames[3]?.slice() ?? new Uint8Array();
    expect(last[23]).toBe(5);
    last[23] = 4;
    const shorter = concatBytes(header, ...frames.slice(0, 3), last.slice(0, -1), footer);
    expect(new Set(await refusals(shorter))).toEqual(new Set(['tag-mismatch']));
  });

  it('of the last frame, beyond a frame, is refused before it is read', async () => {
    const { header, frames } = cut(messages['0478']);
    const last = frames[3]?.slice(0, 24) ?? new Uint8Array();
    last.set([0xff, 0xff, 0xff, 0xff], 20);
    const message = concatBytes(header, ...frames.slice(0, 3), last);
    const codes = await refusals(message);
    expect([codes[whole], codes[stream]]).toEqual(['frame-invalid', 'frame-invalid']);
  });
});

describe('S23 more frames than there are numbers', () => {
  it('are not written', async () => {
    const make = (plaintextLength: number, length: number) =>
      codeOf(() => encryptMessage({ keyring, plaintextLength, frameLength: length }));
    expect(await make(2 ** 32 - 1, 1)).toBe('no error');
    expect(await make(2 ** 32, 1)).toBe('too-large');
    expect(await make((2 ** 32 - 1) * 4096, 4096)).toBe('no error');
    expect(await make((2 ** 32 - 1) * 4096 + 1, 4096)).toBe('too-large');
  });

  it('are not read', async () => {
    const facts = { headerLength: 100, frameLength: 1, footerLength: 0 };
    const regular = (2 ** 32 - 2) * 33;
    expect(layOutObject(facts, 100 + regular + 40).frames).toBe(2 ** 32 - 1);
    expect(await codeOf(() => layOutObject(facts, 100 + regular + 33 + 40))).toBe('length-mismatch');
  });
});

describe('frames that no call of AES-GCM takes', () => {
  const large = 2 ** 31;

  it('are not written, and no key is made', async () => {
    const wrap = () => expect.unreachable();
    const make = (plaintextLength: number, frames: number) =>
      codeOf(() => encryptMessage({ keyring: { ...keyring, wrap }, plaintextLength, frameLength: frames }));
    expect(await make(large, large)).toBe('too-large');
    expect(await make(2 ** 40, 2 ** 32 - 1)).toBe('too-large');
    const small = await encryptMessage({ keyring, plaintextLength: 45, frameLength: 2 ** 32 - 1 });
    expect((await decrypt(await small.seal(0, sample(45)), { keyring })).plaintext).toEqual(sample(45));
    const many = await encryptMessage({ keyring, plaintextLength: 2 ** 40, frameLength: maxPieceBytes });
    expect(many.granularity).toBe(maxPieceBytes);
  });

  it('are not opened, of a message with frames or without', async () => {
    const framed = await encrypt(sample(5), { keyring, frameLength: large });
    const { decryptor } = await unlockMessage(headerOf(framed), { keyring });
    expect(await codeOf(() => decryptor(2 * large))).toBe('too-large');
    expect(decryptor(framed.length).plaintextLength).toBe(5);

    const opened = await openHeader(headerOf(framed), { keyring });
    const header = { ...opened.header, framed: false, frameLength: 0 };
    const around = header.bytes.length + 36;
    const of = (length: number) => createDecryptor({ ...opened, header }, around + length);
    expect(await codeOf(() => of(maxPieceBytes + 1))).toBe('too-large');
    expect(of(maxPieceBytes).plaintextLength).toBe(maxPieceBytes);
    // How large it is may be told all the same.
    expect(plaintextLengthIn(header, around + large)).toBe(large);
  });

  it('are told from those that were changed', async () => {
    const { cipher } = await openHeader(headerOf(messages['0478']), { keyring });
    const name = { kind: 'regular', sequenceNumber: 1 } as const;
    // Its length alone: nothing looks at what is in it.
    const endless = { length: large } as Bytes;
    expect(await codeOf(() => sealPiece(cipher, name, endless))).toBe('too-large');
    expect(await codeOf(() => openPiece(cipher, name, new Uint8Array(12), endless))).toBe('too-large');
  });
});

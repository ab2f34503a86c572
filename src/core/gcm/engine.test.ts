import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, toHex } from '../bytes.ts';
import {
  type Cipher,
  chooseSealingEngine,
  chosenIvWorks,
  createCipher,
  openByCtr,
  type Segment,
  sealByChosenIv,
  sealByCtr,
} from './engine.ts';
import { add, fromBytes, multiply, toBytes, zero } from './field.ts';
import { importGcmKey } from './key.ts';
import { filled } from './test-messages.ts';

const raw = filled(32);
const iv = filled(12, 2);
const cipher = await createCipher(await importGcmKey(raw), iv);
const lastBlock = 2 ** 32 - 3;

/** Each block with a call of its own and the counter spelt out, so that nothing has to count. */
async function sealBlockByBlock(block: number, plaintext: Bytes): Promise<{ output: Bytes; state: Bytes }> {
  const key = await crypto.subtle.importKey('raw', raw, 'AES-CTR', false, ['encrypt']);
  const encrypt = async (counter: Bytes, input: Bytes) =>
    new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, key, input));
  const h = fromBytes(await encrypt(new Uint8Array(16), new Uint8Array(16)));
  const output = new Uint8Array(plaintext.length);
  let state = zero;
  for (let at = 0; at < plaintext.length; at += 16) {
    const counter = new Uint8Array(16);
    counter.set(iv);
    new DataView(counter.buffer).setUint32(12, 2 + block + at / 16);
    const sealed = await encrypt(counter, plaintext.subarray(at, at + 16));
    output.set(sealed, at);
    state = multiply(add(state, fromBytes(sealed)), h);
  }
  return { output, state: toBytes(state) };
}

const readable = ({ output, state }: Pick<Segment, 'output' | 'state'>) => ({
  output: toHex(output),
  state: toHex(toBytes(state)),
});

const places = [
  [0, 33],
  [1, 16],
  [4094, 80],
  [2 ** 31 - 4, 100],
  [2 ** 32 - 10, 7 * 16],
  [lastBlock - 1, 31],
  [lastBlock, 16],
  [lastBlock, 1],
] as const;

describe.each([
  ['chosen IV', sealByChosenIv],
  ['CTR and GMAC', sealByCtr],
])('sealing by %s', (_name, engine) => {
  it.each(places)('at block %d, %d bytes', async (block, length) => {
    const plaintext = filled(length, 3);
    const { output, state } = await sealBlockByBlock(block, plaintext);
    const expected = { output: toHex(output), state: toHex(state) };
    expect(readable(await engine(cipher, block, plaintext))).toEqual(expected);
  });

  it('behind another segment', async () => {
    const block = 2 ** 32 - 40;
    const plaintext = filled(100, 4);
    const first = engine(cipher, block, plaintext.subarray(0, 48));
    const second = await engine(cipher, block + 3, plaintext.subarray(48), first);
    expect(readable(second)).toEqual(readable(await engine(cipher, block + 3, plaintext.subarray(48))));
  });
});

it('seals nothing behind a segment that failed', async () => {
  const failed = Promise.reject(new Error('failed'));
  await expect(sealByChosenIv(cipher, 3, filled(16), failed)).rejects.toThrow('failed');
});

describe('opening', () => {
  it.each(places)('at block %d, %d bytes', async (block, length) => {
    const plaintext = filled(length, 3);
    const sealed = await sealByCtr(cipher, block, plaintext);
    const opened = await openByCtr(cipher, block, sealed.output);
    expect(readable(opened)).toEqual(readable({ output: plaintext, state: sealed.state }));
  });
});

describe('the choice of an engine', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  type Encrypt = typeof crypto.subtle.encrypt;
  /** A platform that answers in another way when the IV has 16 bytes. */
  function withLongIvs(answer: (encrypt: Encrypt, ...request: Parameters<Encrypt>) => Promise<ArrayBuffer>) {
    const { subtle } = crypto;
    const encrypt: Encrypt = subtle.encrypt.bind(subtle);
    vi.spyOn(subtle, 'encrypt').mockImplementation((algorithm, key, data) =>
      (algorithm as AesGcmParams).iv?.byteLength === 16
        ? answer(encrypt, algorithm, key, data)
        : encrypt(algorithm, key, data),
    );
  }

  it('finds the chosen IV at work here', async () => {
    expect(await chosenIvWorks()).toBe(true);
    expect(await chooseSealingEngine()).toBe(sealByChosenIv);
  });

  it('finds out where longer IVs are refused', async () => {
    withLongIvs(() => Promise.reject(new DOMException('no', 'OperationError')));
    expect(await chosenIvWorks()).toBe(false);
  });

  it('finds out where longer IVs are cut to 12 bytes', async () => {
    withLongIvs((encrypt, algorithm, key, data) => {
      const { iv: long } = algorithm as AesGcmParams & { iv: Bytes };
      return encrypt({ name: 'AES-GCM', iv: long.slice(0, 12) }, key, data);
    });
    expect(await chosenIvWorks()).toBe(false);
  });

  it('finds out where only the tag is wrong', async () => {
    withLongIvs(async (encrypt, algorithm, key, data) => {
      const sealed = await encrypt(algorithm, key, data);
      const bytes = new Uint8Array(sealed);
      bytes[bytes.length - 1]! ^= 1;
      return sealed;
    });
    expect(await chosenIvWorks()).toBe(false);
  });
});

it('keeps the cipher of one message apart from that of another IV', async () => {
  const other: Cipher = await createCipher(cipher.key, filled(12, 9));
  const [a, b] = await Promise.all(
    [cipher, other].map((each) => sealByChosenIv(each, 7, new Uint8Array(32))),
  );
  expect(toHex(a!.output)).not.toBe(toHex(b!.output));
});

/**
 * Sealing and opening in memory, in each format, as transfers do it: by parts of 8 MiB, several at once, verified.
 * Runs in the bench's page and in Node.
 */
import { type Bytes, randomBytes } from '../../src/core/bytes.ts';
import { createRawAesKeyring, encryptMessage, parseHeader, unlockMessage } from '../../src/core/esdk/esdk.ts';
import { importWrappingKey } from '../../src/core/keyrings/aes-keyring.ts';
import type { ObjectDecryptor, ObjectEncryptor } from '../../src/core/object.ts';
import { encryptObject, parseEnvelope, unlockEnvelope } from '../../src/core/s3ec/s3ec.ts';
import { planParts } from '../../src/transfer/plan.ts';
import { inLanes, offsets, time } from './clock.ts';
import { ownKeyring } from './keyring.ts';

/** What is written; without a suite, S3EC. */
export interface Written {
  readonly suite?: '0478' | '0578' | undefined;
  /** Bytes. */
  readonly frameLength?: number | undefined;
}

export interface Formats {
  /** AES-256-GCM of each chunk as a message of its own, results dropped: nothing on WebCrypto can be faster. */
  raw(chunkBytes: number, inFlight: number): Promise<number>;
  seal(written: Written): Promise<number>;
  open(written: Written): Promise<number>;
}

const partsInFlight = 4;
/** A part with everything that any format puts around it. */
const roomBytes = 9 * 1024 ** 2;

/** Work on so many bytes. Seconds are of the work alone. */
export function createFormats(plaintext: Bytes): Formats {
  const rooms = Array.from({ length: partsInFlight }, () => new Uint8Array(roomBytes));
  const sealed = new Map<string, { body: Bytes; encryptor: ObjectEncryptor }>();

  async function encryptorOf({ suite, frameLength }: Written): Promise<ObjectEncryptor> {
    const plaintextLength = plaintext.length;
    if (!suite) return encryptObject({ keyring: await ownKeyring(), plaintextLength });
    return encryptMessage({ keyring: await messageKeyring(), suite, frameLength, plaintextLength });
  }

  async function decryptorOf(
    { suite }: Written,
    body: Bytes,
    encryptor: ObjectEncryptor,
  ): Promise<ObjectDecryptor> {
    if (!suite) {
      const envelope = parseEnvelope(encryptor.metadata);
      return (await unlockEnvelope(envelope, { keyring: await ownKeyring() })).decryptor(body.length);
    }
    const header = parseHeader(body);
    if (!('value' in header)) throw new Error('the message has no whole header');
    return (await unlockMessage(header.value, { keyring: await messageKeyring() })).decryptor(body.length);
  }

  async function sealAll(
    written: Written,
    keep: (start: number, part: Bytes) => void,
  ): Promise<ObjectEncryptor> {
    const encryptor = await encryptorOf(written);
    const ranges = planParts(plaintext.length, encryptor.granularity);
    await inLanes(ranges, partsInFlight, async (range, lane) => {
      const part = plaintext.subarray(range.start, range.end);
      keep(encryptor.objectRange(range).start, await encryptor.seal(range.start, part, rooms[lane]));
    });
    return encryptor;
  }

  async function keptOf(written: Written): Promise<{ body: Bytes; encryptor: ObjectEncryptor }> {
    const name = `${written.suite} ${written.frameLength}`;
    const known = sealed.get(name);
    if (known) return known;
    const pieces: [start: number, part: Bytes][] = [];
    const encryptor = await sealAll(written, (start, part) => pieces.push([start, part.slice()]));
    const body = new Uint8Array(encryptor.objectLength);
    for (const [start, part] of pieces) body.set(part, start);
    sealed.set(name, { body, encryptor });
    return { body, encryptor };
  }

  return {
    async raw(chunkBytes, inFlight) {
      const key = await crypto.subtle.importKey('raw', randomBytes(32), 'AES-GCM', false, ['encrypt']);
      return time(() =>
        inLanes(offsets(plaintext.length, chunkBytes), inFlight, async (start) => {
          const iv = new Uint8Array(12);
          new DataView(iv.buffer).setUint32(8, start / chunkBytes);
          const chunk = plaintext.subarray(start, start + chunkBytes);
          await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, chunk);
        }),
      );
    },

    seal: (written) => time(() => sealAll(written, () => {})),

    async open(written) {
      const { body, encryptor } = await keptOf(written);
      return time(async () => {
        const decryptor = await decryptorOf(written, body, encryptor);
        const ranges = planParts(decryptor.plaintextLength, decryptor.granularity);
        await inLanes(ranges, partsInFlight, async (range, lane) => {
          const { start, end } = decryptor.objectRange(range);
          await decryptor.open(range.start, body.subarray(start, end), rooms[lane]);
        });
        await decryptor.verify();
      });
    },
  };
}

let keyring: Promise<ReturnType<typeof createRawAesKeyring>> | undefined;

function messageKeyring() {
  keyring ??= importWrappingKey(randomBytes(32)).then((wrappingKey) =>
    createRawAesKeyring({ keyNamespace: 's3-envelope', keyName: 'bench', wrappingKey }),
  );
  return keyring;
}

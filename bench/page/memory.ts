/** Sealing and opening in memory. */
import { randomBytes } from '../../src/core/bytes.ts';
import type { ByteRange } from '../../src/core/object.ts';
import { encryptObject, parseEnvelope, unlockEnvelope } from '../../src/core/s3ec/s3ec.ts';
import { planParts } from '../../src/transfer/plan.ts';
import type { PeerName } from './bench.ts';
import { inLanes, offsets, time } from './clock.ts';
import { ownKeyring } from './keyring.ts';
import { peers } from './peers/peers.ts';

const partsInFlight = 4;
/** A part and its tag for each lane: transfers seal and open in place, and so not into fresh memory either. */
const rooms = Array.from({ length: partsInFlight }, () => new Uint8Array(8 * 1024 ** 2 + 16));

let plaintext = new Uint8Array(0);
let sealed: { body: Uint8Array<ArrayBuffer>; metadata: Readonly<Record<string, string>> } | undefined;

export async function prepareMemory(bytes: number): Promise<void> {
  plaintext = new Uint8Array(bytes);
  // The most that getRandomValues takes at once.
  for (const start of offsets(bytes, 65_536))
    crypto.getRandomValues(plaintext.subarray(start, start + 65_536));
  sealed = undefined;
}

/** AES-256-GCM of each chunk as a message of its own, results dropped: nothing on WebCrypto can be faster. */
export async function sealRaw(chunkBytes: number, inFlight: number): Promise<number> {
  const key = await crypto.subtle.importKey('raw', randomBytes(32), 'AES-GCM', false, ['encrypt']);
  return time(() =>
    inLanes(offsets(plaintext.length, chunkBytes), inFlight, async (start) => {
      const iv = new Uint8Array(12);
      new DataView(iv.buffer).setUint32(8, start / chunkBytes);
      await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv },
        key,
        plaintext.subarray(start, start + chunkBytes),
      );
    }),
  );
}

/** As an upload does it: one S3EC object, part by part, as many at once; results dropped. */
export async function sealOurs(): Promise<number> {
  return time(() => sealObject(() => {}));
}

/** As a download does it, verification included. */
export async function openOurs(): Promise<number> {
  sealed ??= await keepSealed();
  const { body, metadata } = sealed;
  return time(async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(metadata), { keyring: await ownKeyring() });
    const decryptor = unlocked.decryptor(body.length);
    const ranges = planParts(decryptor.plaintextLength, decryptor.granularity);
    await inLanes(ranges, partsInFlight, async (range, lane) => {
      const { start, end } = decryptor.objectRange(range);
      await decryptor.open(range.start, body.subarray(start, end), rooms[lane]);
    });
    await decryptor.verify();
  });
}

export async function sealPeer(peer: PeerName): Promise<number> {
  const seal = await peers[peer]();
  return time(() => seal.inMemory(plaintext));
}

async function sealObject(keep: (range: ByteRange, body: Uint8Array<ArrayBuffer>) => void) {
  const encryptor = await encryptObject({
    keyring: await ownKeyring(),
    plaintextLength: plaintext.length,
  });
  const ranges = planParts(encryptor.plaintextLength, encryptor.granularity);
  await inLanes(ranges, partsInFlight, async (range, lane) => {
    const part = plaintext.subarray(range.start, range.end);
    keep(encryptor.objectRange(range), await encryptor.seal(range.start, part, rooms[lane]));
  });
  return encryptor;
}

async function keepSealed() {
  const body = new Uint8Array(plaintext.length + 16);
  const { metadata } = await sealObject(({ start }, part) => body.set(part, start));
  return { body, metadata };
}

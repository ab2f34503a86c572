/** The formats beside @aws-crypto/client-browser, in this page. */
import { randomBytes } from '../../src/core/bytes.ts';
import { offsets } from './clock.ts';
import { createFormats, type Formats, type Written } from './formats.ts';
import { createMessagePeer, type MessagePeer } from './peers/message-peer.ts';

let formats: Formats | undefined;
let peer: MessagePeer | undefined;

export async function prepareFormats(bytes: number): Promise<void> {
  const plaintext = new Uint8Array(bytes);
  for (const start of offsets(bytes, 65_536))
    plaintext.set(randomBytes(Math.min(65_536, bytes - start)), start);
  const { load } = await import('./peers/client-browser-messages.ts');
  formats = createFormats(plaintext);
  peer = createMessagePeer(plaintext, await load());
}

export const rawFrames: Formats['raw'] = async (chunkBytes, inFlight) =>
  prepared(formats).raw(chunkBytes, inFlight);
export const sealFormat = async (written: Written) => prepared(formats).seal(written);
export const openFormat = async (written: Written) => prepared(formats).open(written);
export const sealPeerMessage = async (written: Written) => prepared(peer).seal(written);
export const openPeerMessage = async (written: Written) => prepared(peer).open(written);

function prepared<T>(value: T | undefined): T {
  if (!value) throw new Error('nothing was prepared');
  return value;
}

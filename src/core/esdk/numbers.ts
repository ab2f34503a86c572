import type { Bytes } from '../bytes.ts';

/** Big-endian, as every number of a message. */
export function uint16(value: number): Bytes {
  return Uint8Array.of(value >>> 8, value);
}

export function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function readUint16(bytes: Uint8Array, at = 0): number {
  return view(bytes).getUint16(at);
}

export function readUint32(bytes: Uint8Array, at = 0): number {
  return view(bytes).getUint32(at);
}

/** Loses digits above 2^53, where it is far from any length that is accepted. */
export function readUint64(bytes: Uint8Array, at = 0): number {
  return Number(view(bytes).getBigUint64(at));
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

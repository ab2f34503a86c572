import { toBase64, utf8 } from '../core/bytes.ts';
import type { Manifest } from './manifest.ts';

/** Apart from `manifest.ts`: whoever opens a link makes none. */
export function encodeManifest({ files }: Manifest): Uint8Array<ArrayBuffer> {
  return utf8(
    JSON.stringify({
      version: 1,
      files: files.map(({ name, size, dataKey, format }) => ({
        name,
        size,
        dataKey: toBase64(dataKey),
        ...(format !== 's3ec' && { format }),
      })),
    }),
  );
}

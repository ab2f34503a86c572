import type { Description } from '../keyrings/keyring.ts';

/** Compact, and pure ASCII: it becomes a header, and not every client decodes what S3 makes of other text. */
export function writeFlatJson(description: Description): string {
  return JSON.stringify(description).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

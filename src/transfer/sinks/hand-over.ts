/** Chrome still reads from the URL after the click has returned, and so long a copy may take. */
const leastUrlLife = 60_000;
/** Bytes a millisecond, to a stick or over a network. */
const slowestCopy = 5_000_000 / 1000;

/**
 * Gives a file to the browser's own downloads. Its type is always opaque: a document must not open on this
 * site's origin.
 * @returns milliseconds until the browser can be taken to have copied it
 */
export function handOver(file: Blob, name: string): number {
  // Without a type, Firefox looks into what is at the address and shows a page.
  const url = URL.createObjectURL(file.slice(0, file.size, 'application/octet-stream'));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  const life = Math.max(leastUrlLife, file.size / slowestCopy);
  setTimeout(() => URL.revokeObjectURL(url), life);
  return life;
}

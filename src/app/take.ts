import { type Node, nodeOfEntry, nodeOfFile, nodeOfHandle } from './entries.ts';

/** Chromium's; TypeScript does not know it. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/**
 * What was dropped. Call it in the drop event's own turn: the browser empties the transfer after it. Where the
 * browser gives handles, files come with theirs.
 */
export function takeDropped(transfer: DataTransfer): Promise<readonly Node[]> {
  const nodes: Promise<Node | undefined>[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry?.isDirectory ? null : item.getAsFile();
    const handle = (item as HandleItem).getAsFileSystemHandle?.().catch(() => null);
    nodes.push(nodeOf(entry, file, handle));
  }
  return Promise.all(nodes).then((all) => all.filter((node) => node !== undefined));
}

async function nodeOf(
  entry: FileSystemEntry | null,
  file: File | null,
  handle: Promise<FileSystemHandle | null> | undefined,
): Promise<Node | undefined> {
  const found = await handle;
  if (file) return nodeOfFile(file, found?.kind === 'file' ? (found as FileSystemFileHandle) : undefined);
  if (found) return nodeOfHandle(found);
  return entry ? nodeOfEntry(entry) : undefined;
}

/** Pasted pictures are all called `image.png`; the time tells them apart. Files keep their names. */
export function takePasted(transfer: DataTransfer, now: Date): readonly Node[] {
  const stamp = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ')
    .replaceAll(':', '.');
  return [...transfer.files].map((file) =>
    nodeOfFile(
      file.name === 'image.png' ? new File([file], `Pasted ${stamp}.png`, { type: file.type }) : file,
    ),
  );
}

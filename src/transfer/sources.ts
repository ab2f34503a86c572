/** Which uploads are found by which handle: the journal keeps each handle once, for as long as something needs it. */
export interface Sources {
  nameOf(handle: FileSystemHandle): string;
  handleOf(source: string): FileSystemHandle | undefined;
  /** A handle that is on record. */
  read(source: string, handle: FileSystemHandle): void;
  /** Handles of these uploads that are not on record yet, by name. */
  unwritten(uploads: readonly Sourced[]): ReadonlyMap<string, FileSystemHandle>;
  written(uploads: readonly Sourced[]): void;
  /** @returns names of handles that no upload of this page is found by any more */
  use(uploads: readonly Sourced[]): readonly string[];
  /** @returns as `use` */
  leave(ids: readonly string[]): readonly string[];
}

interface Sourced {
  readonly id: string;
  readonly source?: string;
}

export function createSources(): Sources {
  const names = new WeakMap<FileSystemHandle, string>();
  const handles = new Map<string, FileSystemHandle>();
  const onRecord = new Set<string>();
  const sourceOf = new Map<string, string>();
  const uses = new Map<string, number>();

  function remember(source: string, handle: FileSystemHandle): void {
    names.set(handle, source);
    handles.set(source, handle);
  }

  /** What it was found by, if nothing else is. */
  function release(id: string): string | undefined {
    const source = sourceOf.get(id);
    if (source === undefined) return undefined;
    sourceOf.delete(id);
    const left = (uses.get(source) ?? 1) - 1;
    uses.set(source, left);
    if (left > 0) return undefined;
    uses.delete(source);
    onRecord.delete(source);
    return source;
  }

  return {
    nameOf(handle) {
      const source = names.get(handle) ?? crypto.randomUUID();
      remember(source, handle);
      return source;
    },
    handleOf: (source) => handles.get(source),
    read(source, handle) {
      remember(source, handle);
      onRecord.add(source);
    },
    unwritten(uploads) {
      const found = new Map<string, FileSystemHandle>();
      for (const { source } of uploads) {
        const handle = source === undefined || onRecord.has(source) ? undefined : handles.get(source);
        if (source !== undefined && handle) found.set(source, handle);
      }
      return found;
    },
    written(uploads) {
      for (const { source } of uploads) if (source !== undefined && uses.has(source)) onRecord.add(source);
    },
    use(uploads) {
      const freed: string[] = [];
      for (const { id, source } of uploads) {
        if (sourceOf.get(id) === source) continue;
        const before = release(id);
        if (before !== undefined) freed.push(before);
        if (source === undefined) continue;
        sourceOf.set(id, source);
        uses.set(source, (uses.get(source) ?? 0) + 1);
      }
      return freed;
    },
    leave(ids) {
      const freed = ids.flatMap((id) => release(id) ?? []);
      for (const source of freed) handles.delete(source);
      return freed;
    },
  };
}

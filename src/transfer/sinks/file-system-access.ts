import { EnvelopeError } from '../../core/errors.ts';
import type { Sink, SinkRequest } from './sink.ts';
import { closed, written } from './writable.ts';

/** `remove` is in Chromium, which is where the dialog is, and not in the DOM's types. */
type RemovableHandle = FileSystemFileHandle & { remove?(): Promise<void> };
type SavePicker = (options: { readonly suggestedName: string }) => Promise<RemovableHandle>;

function savePicker(): SavePicker | undefined {
  return (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;
}

export function canSaveDirectly(): boolean {
  return savePicker() !== undefined;
}

/**
 * Asks where to save and writes there. The browser keeps what is written in a swap file until `close`, so
 * aborting leaves no file. Must be called in the click's own turn.
 * @returns undefined where the browser refuses for reasons that are not the person's, such as a policy
 * @throws `cancelled` when the person closes the dialog
 */
export async function saveDirectly({ name, size }: SinkRequest): Promise<Sink | undefined> {
  let handle: RemovableHandle | undefined;
  let wasEmpty = false;
  let writable: FileSystemWritableFileStream;
  // The dialog itself makes an empty file; one that had content is as it was.
  const leave = async () => wasEmpty && (await handle?.remove?.().catch(() => {}));
  try {
    handle = await savePicker()?.({ suggestedName: name });
    if (!handle) return undefined;
    wasEmpty = (await handle.getFile()).size === 0;
    writable = await handle.createWritable();
  } catch (error) {
    await leave();
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw new EnvelopeError('cancelled', 'the dialog was closed', { cause: error });
    }
    return undefined;
  }
  return {
    write: (position, data) => written(writable.write({ type: 'write', position, data }), size),
    deliver: () => closed(writable.close(), size),
    async discard() {
      await writable.abort().catch(() => {});
      await leave();
    },
  };
}

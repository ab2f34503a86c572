import type { NewKey } from '../../session.ts';

/** `saved`: written, the browser said so. `handed`: given to the browser's downloads; only a person can tell. */
export type SaveOutcome = 'saved' | 'handed' | 'cancelled';

interface SavePicker {
  showSaveFilePicker?(options: {
    suggestedName: string;
    types: readonly { description: string; accept: Record<string, readonly string[]> }[];
  }): Promise<FileSystemFileHandle>;
}

/** Saves the key's backup where we can know that it was written, else as a download. Needs the click's turn. */
export async function saveBackup({ fileName, blob }: NewKey['backup']): Promise<SaveOutcome> {
  const picker = window as SavePicker;
  if (picker.showSaveFilePicker) {
    try {
      const handle = await picker.showSaveFilePicker({
        suggestedName: fileName,
        types: [{ description: 'S3 Envelope', accept: { 'application/json': ['.json'] } }],
      });
      const writable = await handle.createWritable();
      await writable.write(blob);
      await writable.close();
      return 'saved';
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return 'cancelled';
      // Policies of an organisation forbid the dialog in some browsers; a download still works there.
    }
  }
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = fileName;
  anchor.click();
  // The browser reads it after this turn; a minute is more than it needs.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return 'handed';
}

import { EnvelopeError } from '../core/errors.ts';
import type { Whereabouts } from '../transfer/whereabouts.ts';
import { type Node, nodeOfFile, nodeOfHandle } from './entries.ts';

/** Chromium's; TypeScript does not know them. */
interface Pickers {
  showOpenFilePicker?(options?: { readonly multiple?: boolean }): Promise<readonly FileSystemFileHandle[]>;
  showDirectoryPicker?(): Promise<FileSystemDirectoryHandle>;
}

/** Picked files can be opened again on a later visit; a phone's own chooser, with its camera, is worth more. */
const pickers = (): Pickers => (matchMedia('(pointer: coarse)').matches ? {} : (window as Pickers));

/** Undefined where the person closed the dialog. Call each in the click's own turn. */
export async function pickFiles(): Promise<readonly Node[] | undefined> {
  const { showOpenFilePicker: show } = pickers();
  const handles = show && (await unlessClosed(() => show({ multiple: true })));
  if (handles === 'closed') return undefined;
  if (handles) return handles.map((handle) => nodeOfHandle(handle));
  return (await pickByInput({ multiple: true }))?.map((file) => nodeOfFile(file));
}

/** A whole folder; only the browsers' newer way tells of empty folders in it. */
export async function pickFolder(): Promise<readonly Node[] | undefined> {
  const { showDirectoryPicker: show } = pickers();
  const handle = show && (await unlessClosed(() => show()));
  if (handle === 'closed') return undefined;
  if (handle) return [nodeOfHandle(handle)];
  return (await pickByInput({ multiple: true, webkitdirectory: true }))?.map((file) => nodeOfFile(file));
}

/** One file, to go on with. Rejects with `file-unreadable`. */
export async function pickFile(): Promise<{ file: File; whereabouts?: Whereabouts } | undefined> {
  const { showOpenFilePicker: show } = pickers();
  const handles = show && (await unlessClosed(() => show()));
  if (handles === 'closed') return undefined;
  const handle = handles?.[0];
  if (handle) return { file: await fileOf(handle), whereabouts: { handle } };
  const file = (await pickByInput({}))?.[0];
  return file && { file };
}

async function fileOf(handle: FileSystemFileHandle): Promise<File> {
  try {
    return await handle.getFile();
  } catch (cause) {
    throw new EnvelopeError('file-unreadable', 'the picked file cannot be read', { cause });
  }
}

/** Undefined where the browser has the dialog and does not open it here. */
async function unlessClosed<T>(pick: () => Promise<T>): Promise<T | 'closed' | undefined> {
  try {
    return await pick();
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? 'closed' : undefined;
  }
}

function pickByInput(options: {
  multiple?: boolean;
  webkitdirectory?: boolean;
}): Promise<File[] | undefined> {
  const input = Object.assign(document.createElement('input'), { type: 'file', hidden: true }, options);
  // Some browsers forget an input that is in no document before its dialog is answered.
  document.body.append(input);
  return new Promise((resolve) => {
    const answer = (files: File[] | undefined) => {
      input.remove();
      resolve(files);
    };
    input.addEventListener('change', () => answer([...(input.files ?? [])]));
    input.addEventListener('cancel', () => answer(undefined));
    input.click();
  });
}

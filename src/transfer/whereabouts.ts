/** Where a file is found again without being picked again: behind a handle of its own, or below that of a folder. */
export interface Whereabouts {
  readonly handle: FileSystemHandle;
  /** From the folder on, `2024/a.jpg`. */
  readonly below?: string;
}

type AskableHandle = FileSystemHandle & {
  queryPermission?(options: { readonly mode: 'read' }): Promise<PermissionState>;
  requestPermission?(options: { readonly mode: 'read' }): Promise<PermissionState>;
};

/** Whether the browser lets this page read it without asking anybody. */
export const mayRead = onceAtATime(async (handle) => {
  try {
    return (await handle.queryPermission?.({ mode: 'read' })) === 'granted';
  } catch {
    return false;
  }
});

/** Has the browser ask for permission where it wants that; call it in the click's own turn. */
export const askToRead = onceAtATime(async (handle) => {
  try {
    const answer = await handle.requestPermission?.({ mode: 'read' });
    return answer === undefined || answer === 'granted';
  } catch {
    // It is no longer where it was, which opening it will tell.
    return true;
  }
});

/** Thousands of files may be below one folder, about which nobody is to be asked thousands of times. */
function onceAtATime(look: (handle: AskableHandle) => Promise<boolean>) {
  const looking = new WeakMap<FileSystemHandle, Promise<boolean>>();
  return ({ handle }: Whereabouts): Promise<boolean> => {
    const under = looking.get(handle);
    if (under) return under;
    const answer = look(handle).finally(() => looking.delete(handle));
    looking.set(handle, answer);
    return answer;
  };
}

/** The file as it is now; undefined where it is no longer there, or may not be read. */
export async function findFile({ handle, below }: Whereabouts): Promise<File | undefined> {
  try {
    if (below === undefined) return await (handle as FileSystemFileHandle).getFile();
    const folders = below.split('/');
    const name = folders.pop() ?? '';
    let folder = handle as FileSystemDirectoryHandle;
    for (const one of folders) folder = await folder.getDirectoryHandle(one);
    return await (await folder.getFileHandle(name)).getFile();
  } catch {
    return undefined;
  }
}

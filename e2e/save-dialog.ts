/**
 * The browser's dialogs that give file handles, which nobody can answer in a headless browser. Without them the
 * app takes its next way; with `answerSaveDialogs` it gets a real file handle, in a folder of the origin's own
 * file system.
 */
import type { BrowserContext, Page } from '@playwright/test';

const folder = 'chosen';

export async function withoutHandleDialogs(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    for (const name of ['showSaveFilePicker', 'showOpenFilePicker', 'showDirectoryPicker']) {
      Reflect.deleteProperty(window, name);
    }
  });
}

/** What the person does: picks the suggested place, closes the dialog, or picks one where nothing can be written. */
export type Answer = 'save' | 'close' | 'read-only';

/** From the next load of the page on. */
export async function answerSaveDialogs(page: Page, answer: Answer): Promise<void> {
  await page.addInitScript(
    ({ folder, answer }) => {
      const picker = async ({ suggestedName }: { suggestedName: string }) => {
        if (answer === 'close') throw new DOMException('The user aborted a request.', 'AbortError');
        const root = await navigator.storage.getDirectory();
        const chosen = await root.getDirectoryHandle(folder, { create: true });
        const handle = await chosen.getFileHandle(suggestedName, { create: true });
        if (answer === 'save') return handle;
        const refuse = () => Promise.reject(new DOMException('No swap file.', 'NoModificationAllowedError'));
        return Object.assign(handle, { createWritable: refuse });
      };
      Object.defineProperty(window, 'showSaveFilePicker', { value: picker, configurable: true });
    },
    { folder, answer },
  );
}

/** Picks `picked`, a file or a folder that lies in the origin's own file system; from the next load on. */
export async function answerOpenDialogs(page: Page, picked: string): Promise<void> {
  await page.addInitScript((picked) => {
    const root = () => navigator.storage.getDirectory();
    const pickFile = async () => [await (await root()).getFileHandle(picked)];
    const pickFolder = async () => (await root()).getDirectoryHandle(picked);
    Object.defineProperty(window, 'showOpenFilePicker', { value: pickFile, configurable: true });
    Object.defineProperty(window, 'showDirectoryPicker', { value: pickFolder, configurable: true });
  }, picked);
}

/** What lies where the dialog saves to, by name; swap files of the browser's are none. */
export async function savedFiles(page: Page): Promise<Readonly<Record<string, Buffer>>> {
  const found = await page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const chosen = await root.getDirectoryHandle(folder, { create: true });
    const files: [string, string][] = [];
    for await (const [name, handle] of chosen.entries()) {
      const reader = new FileReader();
      reader.readAsDataURL(await (handle as FileSystemFileHandle).getFile());
      await new Promise((resolve) => reader.addEventListener('loadend', resolve));
      files.push([name, String(reader.result)]);
    }
    return files;
  }, folder);
  return Object.fromEntries(
    found.map(([name, url]) => [name, Buffer.from(url.split(',')[1] ?? '', 'base64')]),
  );
}

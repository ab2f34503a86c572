/** What a person does, by the names and roles that they or their screen reader find things by. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Download, expect, type FileChooser, type Locator, type Page, test } from '@playwright/test';
import { visibleName } from '../src/app/display-name.ts';
import { addErrorTexts, errorText } from '../src/app/text/errors.ts';
import { link } from '../src/app/text/link.ts';
import { owner } from '../src/app/text/owner.ts';
import { ownerConsequences, ownerErrors } from '../src/app/text/owner-errors.ts';
import { shared } from '../src/app/text/shared.ts';
import type { ErrorCode } from '../src/core/errors.ts';
import type { ObjectFormat } from '../src/transfer/objects.ts';
import type { DownloadWay } from '../src/transfer/sinks/sink.ts';
import type { TestCloud } from './fixtures.ts';

export { link, owner, shared };

addErrorTexts(ownerErrors, ownerConsequences);

export const MiB = 1024 ** 2;

/** A file made up here. */
export interface MadeFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A path on disk, or a file made up here. */
export type TestFile = string | MadeFile;

/** A key's backup file, as it lies on the person's device. */
export interface Backup {
  readonly fileName: string;
  readonly text: string;
  readonly key: Buffer;
  readonly fingerprint: string;
  /** Empty where nobody is a guest. */
  readonly identityId: string;
}

/** A first visit that makes a personal key and saves its backup, behind an access code if given; ends at the files. */
export async function firstVisit(page: Page, address = '/', code?: string): Promise<Backup> {
  await page.goto(address);
  if (code !== undefined) {
    await signIn(page, code);
    await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
  }
  const backup = await makeKey(page);
  await page.getByRole('checkbox', { name: owner.backup.confirm(backup.fileName) }).check();
  await button(page, owner.backup.continue).click();
  await expectFilesScreen(page);
  return backup;
}

/** `firstVisit`, whichever way this cloud lets the app at its bucket. */
export function enter(page: Page, cloud: TestCloud): Promise<Backup> {
  return firstVisit(page, cloud.info.appUrl, cloud.signIn === 'token' ? cloud.info.presignToken : undefined);
}

/** Loads the page anew, which forgets the access code where there was one. */
export async function reload(page: Page, { info, signIn: way }: TestCloud): Promise<void> {
  await page.reload();
  if (way === 'token') await signIn(page, info.presignToken);
}

/** Enters an access code and sends it off; does not wait for what becomes of it. */
export async function signIn(scope: Page | Locator, code: string): Promise<void> {
  await scope.getByLabel(owner.signIn.label, { exact: true }).fill(code);
  await button(scope, owner.signIn.enter).click();
}

/** Chooses a personal key on the welcome screen and saves its backup; stays on that screen. */
export async function makeKey(page: Page): Promise<Backup> {
  await page.getByRole('radio', { name: owner.welcome.personal }).check();
  await button(page, owner.welcome.continue).click();
  const download = await downloadFrom(page, () => button(page, owner.backup.save).click());
  return readBackup(await readDownload(download), download.suggestedFilename());
}

export function readBackup(bytes: Buffer, fileName: string): Backup {
  const text = bytes.toString();
  const { key, fingerprint, identityId } = JSON.parse(text) as Record<string, string | null>;
  if (!key || !fingerprint || identityId === undefined) throw new Error('the backup is not complete');
  return { fileName, text, key: Buffer.from(key, 'base64'), fingerprint, identityId: identityId ?? '' };
}

export async function firstVisitWithKms(page: Page, address = '/'): Promise<void> {
  await page.goto(address);
  await page.getByRole('radio', { name: owner.welcome.kms }).check();
  await button(page, owner.welcome.continue).click();
  await expectFilesScreen(page);
}

/** A first visit with a backup file from another browser. */
export async function restore(page: Page, file: TestFile): Promise<void> {
  await page.goto('/');
  await page.getByRole('radio', { name: owner.welcome.restore }).check();
  await choose(page, () => button(page, owner.welcome.chooseKeyFile).click(), [file]);
}

export async function expectFilesScreen(page: Page): Promise<void> {
  await expect(page.getByRole('region', { name: owner.drop.label })).toBeVisible();
}

/** Answers the file dialog that an action opens. */
export async function choose(
  page: Page,
  open: () => Promise<unknown>,
  files: readonly TestFile[],
): Promise<void> {
  const [chooser] = await Promise.all<[Promise<FileChooser>, Promise<unknown>]>([
    page.waitForEvent('filechooser'),
    open(),
  ]);
  // Large ones would go to the browser piece by piece, so they are chosen from the disk, all or none.
  const large = files.some((file) => typeof file === 'string' || file.buffer.length > MiB);
  await chooser.setFiles(large ? await Promise.all(files.map(onDisk)) : (files as MadeFile[]));
}

/** Writes a file into the test's own folder; its path. */
export async function onDisk(file: TestFile): Promise<string> {
  if (typeof file === 'string') return file;
  const path = test.info().outputPath(file.name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.buffer);
  return path;
}

/** Adds files; does not wait for what becomes of them. */
export async function add(page: Page, ...files: readonly TestFile[]): Promise<void> {
  await choose(page, () => button(page, owner.drop.choose).click(), files);
}

/** Drops what lies at a path onto the page, as the system's file manager does. */
export async function dropOnto(page: Page, ...paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  }
}

/** Adds files and waits until each is stored. */
export async function upload(page: Page, ...files: readonly MadeFile[]): Promise<void> {
  await add(page, ...files);
  for (const file of files) await expectStored(page, file.name);
}

export async function expectStored(page: Page, name: string, timeout = 20_000): Promise<void> {
  await expect(state(row(page, name), owner.upload.stored)).toBeVisible({ timeout });
}

/** Throws away what is stored of an upload, having been asked. */
export async function discard(page: Page, name: string): Promise<void> {
  await rowButton(page, owner.row.discard, name).click();
  await dialog(page, owner.discard.title(1))
    .getByRole('button', { name: /^Discard/u })
    .click();
}

/** A file's row, by the name that is shown. */
export function row(page: Page, name: string): Locator {
  return list(page).getByRole('listitem', { name: visibleName(name), exact: true });
}

export function list(page: Page): Locator {
  return page.getByRole('list', { name: owner.list.label });
}

/** The word for a row's state, where it is this one. */
export function state(row: Locator, word: string): Locator {
  return row.getByText(word, { exact: true });
}

/** A button of a row, which says which file it is for. */
export function rowButton(page: Page, action: string, name: string): Locator {
  return page.getByRole('button', { name: owner.row.named(action, visibleName(name)), exact: true });
}

export function button(scope: Page | Locator, name: string): Locator {
  return scope.getByRole('button', { name, exact: true });
}

export function dialog(page: Page, name?: string): Locator {
  return page.getByRole('dialog', name === undefined ? {} : { name });
}

/** Makes a link to a stored file. */
export async function share(page: Page, name: string, timeout = 20_000): Promise<string> {
  await rowButton(page, owner.row.share, name).click();
  const field = dialog(page, owner.share.title).getByRole('textbox', { name: owner.share.linkLabel });
  await expect(field).toHaveValue(/#/, { timeout });
  const url = await field.inputValue();
  await button(dialog(page), shared.done).click();
  await expect(dialog(page)).toBeHidden();
  return url;
}

export function openAndSave(page: Page): Locator {
  return button(page, link.openAndSave);
}

/** The download that an action starts. */
export async function downloadFrom(
  page: Page,
  start: () => Promise<unknown>,
  timeout = 30_000,
): Promise<Download> {
  const [download] = await Promise.all<[Promise<Download>, Promise<unknown>]>([
    page.waitForEvent('download', { timeout }),
    start(),
  ]);
  return download;
}

/** Downloads a stored file and waits until it is there. */
export async function download(page: Page, name: string, timeout?: number): Promise<Download> {
  return downloadFrom(page, () => rowButton(page, owner.row.download, name).click(), timeout);
}

export async function readDownload(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A file of random bytes. */
export function randomFile(name: string, size: number): MadeFile {
  return { name, mimeType: 'application/octet-stream', buffer: randomBytes(size) };
}

export function textFile(name: string, text: string): MadeFile {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
}

/** From the next load of the page on, downloads are delivered in this way alone. */
export async function deliverBy(page: Page, way: DownloadWay): Promise<void> {
  await page.addInitScript((way) => {
    // A page that is still empty has no storage, in Firefox.
    if (origin !== 'null') sessionStorage.setItem('s3-envelope.download-way', way);
  }, way);
}

/** From the next load of the page on, every file is stored in this format. */
export async function storeAs(page: Page, format: ObjectFormat): Promise<void> {
  await page.addInitScript((format) => {
    if (origin !== 'null') sessionStorage.setItem('s3-envelope.format', format);
  }, format);
}

/** Names of what is staged in this browser. */
export async function staged(page: Page): Promise<readonly string[]> {
  return (await namesIn(page, 'staging')).filter((name) => !name.endsWith('.ledger'));
}

/** Names in a folder of the origin private file system. */
export function namesIn(page: Page, folder: 'staging' | 'sending'): Promise<readonly string[]> {
  return page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle(folder, { create: true });
    const names: string[] = [];
    for await (const name of directory.keys()) names.push(name);
    return names;
  }, folder);
}

/** An error as it is shown: the words for its code, and the code. */
export async function expectError(
  scope: Page | Locator,
  code: ErrorCode,
  details: Readonly<Record<string, string | number>> = {},
  timeout?: number,
): Promise<void> {
  const shown = scope.locator('.error').filter({ hasText: code });
  await expect(shown).toBeVisible(timeout === undefined ? {} : { timeout });
  await expect(shown).toContainText(errorText(code, details, 'start').title);
}

/** As the system does when memory runs out: nothing gets to say goodbye. */
export async function kill(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const died = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await died;
  await page.close();
}

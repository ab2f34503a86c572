/** What a person does in WebKit, by the names that they find things by. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { visibleName } from '../../src/app/display-name.ts';
import type { DownloadWay } from '../../src/transfer/sinks/sink.ts';
import { expect } from '../fixtures.ts';
import { type Backup, type MadeFile, onDisk, owner, readBackup, sha256 } from '../steps.ts';
import { type Driver, startDriver } from './driver.ts';

type Role = 'button' | 'radio' | 'checkbox' | 'textbox';

export interface Visitor {
  /** Where the browser's downloads end up. */
  readonly downloads: string;
  open(address: string): Promise<void>;
  reload(): Promise<void>;
  click(role: Role, name: string): Promise<void>;
  /** Presses a button that asks for files, and answers with these. */
  choose(button: string, ...files: readonly MadeFile[]): Promise<void>;
  valueOf(role: Role, name: string): Promise<string>;
  /** Everything there is to read. */
  text(): Promise<string>;
  /** The word for a file's state; empty where it has no row. */
  stateOf(file: string): Promise<string>;
  progressOf(file: string): Promise<number>;
  /** From now on, downloads are delivered in this way alone. */
  deliverBy(way: DownloadWay): Promise<void>;
  /** Waits for a file among the browser's downloads that is this one; takes it away. */
  expectSaved(file: MadeFile): Promise<void>;
  /** Errors in the console, uncaught ones and CSP violations. */
  complaints(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const elementKey = 'element-6066-11e4-a52e-4f735466cecf';
type Element = Readonly<Record<typeof elementKey, string>>;

/** For the page: the element of this role and name that is shown, or nothing. */
const find = `
  const [role, name] = arguments;
  const kinds = {
    button: 'button',
    radio: 'input[type=radio]',
    checkbox: 'input[type=checkbox]',
    textbox: 'input, textarea',
  };
  const nameOf = (element) =>
    element.ariaLabel ||
    [...(element.labels ?? [])].map((label) => label.textContent).join(' ') ||
    element.textContent;
  const found = [...document.querySelectorAll(kinds[role])].find(
    (element) => nameOf(element).trim() === name && element.checkVisibility(),
  );
  // What is about to be enabled can be used then.
  return found && !found.disabled && found.ariaDisabled !== 'true' ? found : null;`;

/** For a page that has loaded: keeps what goes wrong from then on. Of what was before, this protocol tells nothing. */
const listen = `
  const heard = (window.heard = []);
  addEventListener('error', ({ message }) => heard.push('uncaught: ' + message));
  addEventListener('unhandledrejection', ({ reason }) => heard.push('uncaught: ' + reason));
  const { error } = console;
  console.error = (...words) => {
    heard.push('console: ' + words.join(' '));
    error.apply(console, words);
  };
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    heard.push('CSP violation: ' + effectiveDirective + ' ' + blockedURI),
  );`;

export async function arrive(): Promise<Visitor> {
  const driver: Driver = await startDriver();
  const run = <T>(script: string, ...args: readonly unknown[]) =>
    driver.send<T>('POST', 'execute/sync', { script, args });

  const complaints: string[] = [];
  const gather = async () =>
    complaints.push(...(await run<string[]>('return window.heard?.splice(0) ?? []')));

  async function element(role: Role, name: string): Promise<string> {
    const found = () => run<Element | null>(find, role, name);
    await expect.poll(found, { message: `${role} “${name}”` }).not.toBeNull();
    return (await found())?.[elementKey] ?? '';
  }

  async function inRow<T>(file: string, read: string): Promise<T> {
    return run<T>(
      `const row = [...document.querySelectorAll('li')].find((each) => each.ariaLabel === arguments[0]);
      ${read}`,
      visibleName(file),
    );
  }

  async function click(role: Role, name: string): Promise<void> {
    await driver.send('POST', `element/${await element(role, name)}/click`);
  }

  return {
    downloads: driver.downloads,
    close: () => driver.close(),
    async open(url) {
      await driver.send('POST', 'url', { url });
      await run(listen);
    },
    async reload() {
      await gather();
      await driver.send('POST', 'refresh');
      await run(listen);
    },
    click,
    async choose(name, ...files) {
      // Its dialog would be closed at once, and the input with it.
      await run(`HTMLInputElement.prototype.click = () => {}`);
      await click('button', name);
      const input = await run<Element>(`return document.querySelector('input[type=file][hidden]')`);
      const paths = await Promise.all(files.map(onDisk));
      await driver.send('POST', `element/${input[elementKey]}/value`, { text: paths.join('\n') });
    },
    valueOf: async (role, name) => driver.send('GET', `element/${await element(role, name)}/property/value`),
    text: () => run(`return document.body.innerText`),
    stateOf: (file) => inRow(file, `return row?.querySelector('.row__state')?.textContent ?? ''`),
    progressOf: (file) => inRow(file, `return row?.querySelector('progress')?.value ?? 0`),
    deliverBy: (way) => run(`sessionStorage.setItem('s3-envelope.download-way', arguments[0])`, way),
    async expectSaved({ name, buffer }) {
      const path = join(driver.downloads, name);
      const digest = () => readFile(path).then(sha256, () => 'nothing');
      await expect.poll(digest, { message: name }).toBe(sha256(buffer));
      await rm(path);
    },
    async complaints() {
      await gather();
      return complaints;
    },
  };
}

/** A first visit that makes a personal key and saves its backup; ends at the files. */
export async function firstVisit(visitor: Visitor, address: string): Promise<Backup> {
  await visitor.open(address);
  await visitor.click('radio', owner.welcome.personal);
  await visitor.click('button', owner.welcome.continue);
  await visitor.click('button', owner.backup.save);
  const [, fileName = ''] = await found(() => visitor.text(), /I see (\S+\.json) on my device/u);
  const path = join(visitor.downloads, fileName);
  const bytes = () => readFile(path).catch(() => Buffer.of());
  await expect.poll(async () => (await bytes()).length).toBeGreaterThan(0);
  await visitor.click('checkbox', owner.backup.confirm(fileName));
  await visitor.click('button', owner.backup.continue);
  await found(() => visitor.text(), new RegExp(owner.drop.choose));
  return readBackup(await bytes(), fileName);
}

async function found(text: () => Promise<string>, pattern: RegExp): Promise<RegExpExecArray> {
  let match: RegExpExecArray | null = null;
  await expect
    .poll(async () => {
      match = pattern.exec(await text());
      return match !== null;
    })
    .toBe(true);
  return match as unknown as RegExpExecArray;
}

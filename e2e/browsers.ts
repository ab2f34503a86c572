/**
 * Where the three engines are on this machine: what the environment names, what `npx playwright install`
 * left, what the system offers, in this order.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, firefox, webkit } from '@playwright/test';

export const engineNames = ['chromium', 'firefox', 'webkit'] as const;
export type EngineName = (typeof engineNames)[number];

export interface Engine {
  readonly name: EngineName;
  readonly path: string;
  /** Playwright's own builds are patched to answer to Playwright; what another one understands depends. */
  readonly build: 'playwright' | 'system';
}

export const playwrightTypes = { chromium, firefox, webkit } as const;

/** Set to a browser's executable to use that one. */
export const overrides: Readonly<Record<EngineName, string>> = {
  chromium: 'CHROMIUM_PATH',
  firefox: 'FIREFOX_PATH',
  webkit: 'WEBKIT_PATH',
};

/** The engine, or undefined where this machine has none. Throws when an override names no executable. */
export function findEngine(name: EngineName): Engine | undefined {
  const override = process.env[overrides[name]];
  if (override) {
    if (!isExecutable(override))
      throw new Error(`${overrides[name]} is ${override}, which cannot be executed`);
    return { name, path: override, build: 'system' };
  }
  const own = playwrightTypes[name].executablePath();
  if (own && existsSync(own)) return { name, path: own, build: 'playwright' };
  const path = systemPlaces(name).find(isExecutable);
  return path === undefined ? undefined : { name, path, build: 'system' };
}

/** As `findEngine`; where there is none, throws with what to install. */
export function requireEngine(name: EngineName): Engine {
  const engine = findEngine(name);
  if (!engine) throw new Error(missing(name));
  return engine;
}

/** What a person does about a missing engine. */
export function missing(name: EngineName): string {
  return (
    `${name} not found. Run: npx playwright install ${name}` +
    `, or on Debian: apt-get install ${debianPackages[name].join(' ')}` +
    `, or set ${overrides[name]} to its executable.`
  );
}

/** What a person does about an engine that is there, with nothing to drive it; undefined where there is. */
export function undriven({ name, build }: Engine): string | undefined {
  if (build === 'playwright' || name !== 'webkit' || onPath('WebKitWebDriver')) return undefined;
  return `WebKitWebDriver not found. On Debian: apt-get install ${debianPackages.webkit.join(' ')}`;
}

/** MiniBrowser, WebKitGTK's own small browser, comes with the library; the driver package pulls that in. */
export const debianPackages: Readonly<Record<EngineName, readonly string[]>> = {
  chromium: ['chromium', 'fonts-dejavu-core'],
  firefox: ['firefox-esr', 'fonts-dejavu-core'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'fonts-dejavu-core'],
};

/** The path of a program on PATH. */
export function onPath(program: string): string | undefined {
  const { PATH = '' } = process.env;
  return PATH.split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function systemPlaces(name: EngineName): string[] {
  const places = {
    darwin: () => macPlaces(name),
    win32: () => windowsPlaces(name),
  };
  const here =
    process.platform === 'darwin' || process.platform === 'win32' ? places[process.platform]() : [];
  return [...here, ...linuxPlaces(name)];
}

function linuxPlaces(name: EngineName): string[] {
  if (name === 'webkit') {
    const libraries = ['/usr/lib', '/usr/libexec', '/usr/lib64', ...subfolders('/usr/lib', /-linux-gnu/)];
    return libraries
      .flatMap((folder) => subfolders(folder, /^webkit(2gtk-4|gtk-6)/))
      .map((folder) => join(folder, 'MiniBrowser'))
      .reverse();
  }
  const programs = {
    chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
    firefox: ['firefox-esr', 'firefox'],
  };
  return programs[name].map(onPath).filter((path) => path !== undefined);
}

function subfolders(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function macPlaces(name: EngineName): string[] {
  const applications = {
    chromium: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (app) => `${app}.app/Contents/MacOS/${app}`,
    ),
    firefox: ['Firefox.app/Contents/MacOS/firefox'],
    webkit: [],
  };
  return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
    applications[name].map((app) => join(folder, app)),
  );
}

function windowsPlaces(name: EngineName): string[] {
  const programs = {
    chromium: ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'],
    firefox: ['Mozilla Firefox\\firefox.exe'],
    webkit: [],
  };
  return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
    .map((variable) => process.env[variable])
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => programs[name].map((program) => join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

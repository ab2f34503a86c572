/**
 * Starts a browser, headless and with a fresh profile, on one URL. Nothing drives the page: it must report by
 * itself. Works the same for every engine that `browsers.ts` finds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Engine, type EngineName, onPath, playwrightTypes, requireEngine } from './browsers.ts';

export interface OpenedPage {
  readonly engine: Engine;
  /** Resolves with what the browser said last once it is gone, whether it was closed or ended by itself. */
  readonly ended: Promise<string>;
  /** Ends the browser and removes its profile. */
  close(): Promise<void>;
}

/** Starts `engine` on `url`. Rejects when there is no such engine or it does not start. */
export async function openPage(engine: EngineName | Engine, url: string): Promise<OpenedPage> {
  const found = typeof engine === 'string' ? requireEngine(engine) : engine;
  const profile = await mkdtemp(join(tmpdir(), `s3-envelope-${found.name}-`));
  const removeNow = () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeNow);
  const remove = async () => {
    process.off('exit', removeNow);
    // A browser's last children may still be writing.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => {});
  };
  try {
    const running =
      found.build === 'playwright' ? await driven(found, profile, url) : await started(found, profile, url);
    return {
      engine: found,
      ended: running.ended,
      close: async () => {
        await running.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

export interface Running {
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

async function driven(engine: Engine, profile: string, url: string): Promise<Running> {
  const context = await playwrightTypes[engine.name].launchPersistentContext(profile, {
    headless: true,
    ...(engine.name === 'chromium' && { executablePath: engine.path, args: chromiumFlags() }),
  });
  const ended = new Promise<string>((resolve) => {
    context.once('close', () => resolve('the browser closed'));
    context.on('page', (page) => page.once('crash', () => resolve('the page crashed')));
    for (const page of context.pages()) page.once('crash', () => resolve('the page crashed'));
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url, { waitUntil: 'commit' });
  return { ended, stop: () => context.close() };
}

async function started(engine: Engine, profile: string, url: string): Promise<Running> {
  switch (engine.name) {
    case 'chromium':
      return start(engine.path, [
        '--headless=new',
        ...chromiumFlags(),
        `--user-data-dir=${profile}`,
        '--window-size=1280,900',
        url,
      ]);
    case 'firefox':
      await writeFile(join(profile, 'user.js'), firefoxPreferences());
      return start(engine.path, ['--headless', '--no-remote', '--profile', profile, url]);
    case 'webkit':
      return startMiniBrowser(engine.path, profile, url);
  }
}

/** The last list counts, so what Playwright (1.65.1) disables is in it as well. */
const disabledFeatures = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  // Nobody asks for translations, or sees what hangs from the address bar: pages of their own, which take a second of
  // processor time for each window that is opened (Chromium 156).
  'Translate',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
];

/** Nothing to phone home, nothing to throttle; the sandbox stays on except for root, whom it refuses. */
export function chromiumFlags(): string[] {
  return [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-background-networking',
    '--disable-backgrounding-occluded-windows',
    '--disable-background-timer-throttling',
    '--disable-breakpad',
    '--disable-client-side-phishing-detection',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-dev-shm-usage',
    '--disable-domain-reliability',
    '--disable-extensions',
    `--disable-features=${disabledFeatures.join(',')}`,
    '--disable-quic',
    '--disable-renderer-backgrounding',
    '--disable-sync',
    '--metrics-recording-only',
    '--mute-audio',
    '--no-default-browser-check',
    '--no-first-run',
    '--no-proxy-server',
    '--no-service-autorun',
    '--password-store=basic',
    '--use-mock-keychain',
  ];
}

function firefoxPreferences(): string {
  const preferences: Record<string, string | number | boolean> = {
    'app.normandy.enabled': false,
    'app.update.disabledForTesting': true,
    'app.update.enabled': false,
    'browser.aboutwelcome.enabled': false,
    'browser.newtabpage.enabled': false,
    'browser.safebrowsing.downloads.remote.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.homepage_override.mstone': 'ignore',
    'browser.startup.page': 0,
    'datareporting.healthreport.uploadEnabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'dom.max_script_run_time': 0,
    'extensions.getAddons.cache.enabled': false,
    'extensions.systemAddon.update.enabled': false,
    'extensions.update.enabled': false,
    'media.gmp-manager.updateEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'network.prefetch-next': false,
    'network.proxy.type': 0,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
    'toolkit.telemetry.reportingpolicy.firstRun': false,
    'toolkit.telemetry.unified': false,
    'trailhead.firstrun.didSeeAboutWelcome': true,
  };
  return Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

/** MiniBrowser has no headless mode: it gets a display of its own. */
async function startMiniBrowser(path: string, profile: string, url: string): Promise<Running> {
  const display = await startDisplay();
  const browser = start(path, [url], await miniBrowserEnvironment(profile, display?.name));
  return {
    ended: browser.ended,
    stop: async () => {
      await browser.stop();
      await display?.stop();
    },
  };
}

/** Every XDG folder is inside the profile, the one for downloads included. */
export async function miniBrowserEnvironment(profile: string, display?: string): Promise<NodeJS.ProcessEnv> {
  for (const folder of ['cache', 'config', 'data', 'downloads', 'state']) await mkdir(join(profile, folder));
  const folders = `XDG_DOWNLOAD_DIR="${join(profile, 'downloads')}"\n`;
  await writeFile(join(profile, 'config', 'user-dirs.dirs'), folders);
  return {
    ...process.env,
    ...(display ? { DISPLAY: display, GDK_BACKEND: 'x11' } : {}),
    HOME: profile,
    XDG_CACHE_HOME: join(profile, 'cache'),
    XDG_CONFIG_HOME: join(profile, 'config'),
    XDG_DATA_HOME: join(profile, 'data'),
    XDG_STATE_HOME: join(profile, 'state'),
    GIO_USE_PROXY_RESOLVER: 'dummy',
    GSETTINGS_BACKEND: 'memory',
    GTK_A11Y: 'none',
    NO_AT_BRIDGE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    // Its sandbox needs user namespaces, which root in a container does not get.
    ...(process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {}),
  };
}

/** A virtual screen; undefined where Xvfb is missing and the person's own screen has to do. */
export async function startDisplay(): Promise<{ name: string; stop(): Promise<void> } | undefined> {
  const xvfb = onPath('Xvfb');
  if (!xvfb) {
    const { DISPLAY, WAYLAND_DISPLAY } = process.env;
    if (DISPLAY || WAYLAND_DISPLAY) return undefined;
    throw new Error('WebKitGTK needs a screen: install Xvfb (on Debian: apt-get install xvfb)');
  }
  const child = spawn(xvfb, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server = supervise(child);
  const number = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    server.ended.then((why) => Promise.reject(new Error(`Xvfb: ${why}`))),
  ]);
  return { name: `:${number.trim()}`, stop: server.stop };
}

export function start(path: string, parameters: readonly string[], environment = process.env): Running {
  return supervise(spawn(path, parameters, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] }));
}

/** Stays in this process's group, so that whoever ends the group ends the browsers; ends with us otherwise. */
function supervise(child: ChildProcess): Running {
  let last = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    last = (last + chunk.toString()).slice(-2000);
  });
  const killNow = () => child.kill('SIGKILL');
  process.prependOnceListener('exit', killNow); // before its profile is removed
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(`ended with ${signal ?? code}${last ? `\n${last.trim()}` : ''}`),
    );
  }).finally(() => process.off('exit', killNow));
  return {
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(killNow, 3000);
      await ended;
      clearTimeout(late);
    },
  };
}

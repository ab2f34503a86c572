/**
 * `npm test`: every check there is, whatever failed before. Ends with one line,
 * `N passed, N failed`, and with exit code 1 unless nothing failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EngineName, engineNames, findEngine, missing, undriven } from './browsers.ts';
import { installMissing } from './install-browsers.ts';
import { type AppReport, type Mishap, mishapsOfApp, mishapsOfUnits, type UnitReport } from './reports.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Tests that did not pass, or not at once. */
  readonly mishaps?: readonly Mishap[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 's3-envelope-reports-'));
const results: { title: string; counts: Counts; seconds: number }[] = [];
const minute = 60_000;
const good: Counts = { passed: 1, failed: 0, skipped: 0 };
const bad: Counts = { passed: 0, failed: 1, skipped: 0 };
const running = new Set<ChildProcess>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) end(child, 'SIGKILL');
    process.exit(1);
  });
}
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

await step('Format and lint', () => check('@biomejs/biome/bin/biome', 'check', '.'));
await step('Types', () => check('typescript/bin/tsc'));
await step('Browsers', browsers);
await step('Unit tests in Node', () => vitest('node'));
// Side by side: each waits often enough for the others to go on.
await Promise.all(engineNames.map((name) => step(`Unit tests in ${name}`, () => vitestIn(name))));
const built = await step('Build', () => check('vite/bin/vite.js', 'build'));
const appStep = (name: EngineName) =>
  step(`The app in ${name}`, () => (built ? appIn(name) : notRun('the build failed')));
// Chromium, which runs most, has the machine to itself.
await appStep('chromium');
await Promise.all(engineNames.filter((name) => name !== 'chromium').map(appStep));

const sum = (field: 'passed' | 'failed' | 'skipped') =>
  results.reduce((total, { counts }) => total + counts[field], 0);
console.log('');
for (const { title, counts, seconds } of results) {
  console.log(
    `${counts.failed > 0 ? 'FAILED' : 'ok    '} ${title}: ${line(counts)} in ${seconds.toFixed(1)} s`,
  );
}
for (const { title, counts } of results) {
  for (const { kind, test, why } of counts.mishaps ?? []) {
    console.log(`\n${kind}, ${title}: ${test}\n  ${why.replaceAll('\n', '\n  ')}`);
  }
}
process.exitCode = sum('failed') > 0 ? 1 : 0;
console.log(line({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }));

function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Runs one step and keeps its counts; true when nothing failed. */
async function step(title: string, run: () => Promise<Counts> | Counts): Promise<boolean> {
  console.log(`\n== ${title}`);
  const start = performance.now();
  let counts = bad;
  try {
    counts = await run();
  } catch (error) {
    console.error(error);
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`== ${title}: ${line(counts)} in ${seconds.toFixed(1)} s`);
  results.push({ title, counts, seconds });
  return counts.failed === 0;
}

async function check(script: string, ...parameters: string[]): Promise<Counts> {
  return (await tool(script, parameters, 5 * minute)) ? good : bad;
}

async function browsers(): Promise<Counts> {
  const absent = await installMissing((program, ...parameters) =>
    run(program, parameters, 10 * minute, { DEBIAN_FRONTEND: 'noninteractive' }),
  );
  for (const name of engineNames) console.log(findEngine(name)?.path ?? missing(name));
  return absent.length === 0 ? good : bad;
}

function vitestIn(name: EngineName): Promise<Counts> | Counts {
  return findEngine(name) ? vitest(name) : notRun(missing(name));
}

function appIn(name: EngineName): Promise<Counts> | Counts {
  const engine = findEngine(name);
  const why = engine ? undriven(engine) : missing(name);
  return why === undefined ? playwright(name) : notRun(why);
}

function notRun(why: string): Counts {
  console.error(`Not run: ${why}`);
  return bad;
}

async function vitest(project: string): Promise<Counts> {
  const file = join(reports, `${project}.json`);
  const ok = await tool(
    'vitest/vitest.mjs',
    ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    20 * minute,
  );
  const report = read<UnitReport>(file);
  const notLoaded = report.testResults.filter(
    (f) => f.status === 'failed' && f.assertionResults.length === 0,
  );
  return settle(ok, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + notLoaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    mishaps: mishapsOfUnits(report),
  });
}

async function playwright(project: string): Promise<Counts> {
  const file = join(reports, `app-in-${project}.json`);
  const ok = await tool(
    '@playwright/test/cli.js',
    [
      'test',
      '--config',
      'e2e/playwright.config.ts',
      '--project',
      project,
      '--forbid-only',
      // One each: who starts empties it.
      '--output',
      join(root, 'test-results', project),
      '--reporter=list,json',
    ],
    30 * minute,
    { PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  );
  const report = read<AppReport>(file);
  const { stats } = report;
  return settle(ok, {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    skipped: stats.skipped,
    mishaps: mishapsOfApp(report),
  });
}

/** A runner that failed without a failed test, or that ran none, is a failure too. */
function settle(ok: boolean, counts: Counts): Counts {
  const ranNothing = counts.passed + counts.failed === 0;
  return counts.failed === 0 && (!ok || ranNothing) ? { ...counts, failed: 1 } : counts;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** Runs a package's own script in this Node. */
function tool(script: string, parameters: readonly string[], limit: number, more: NodeJS.ProcessEnv = {}) {
  return run(process.execPath, [join(root, 'node_modules', script), ...parameters], limit, more);
}

/** Runs a program without input; true when it ended well and in time. Nothing it started outlives it. */
function run(
  program: string,
  parameters: readonly string[],
  limit: number,
  more: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  console.log(
    `$ ${[program === process.execPath ? 'node' : program, ...parameters].join(' ').replaceAll(root, '')}`,
  );
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32', // a process group of its own
    });
    running.add(child);
    const timers = [
      setTimeout(() => {
        console.error(`Stopped: not done after ${limit / minute} minutes`);
        end(child, 'SIGTERM');
      }, limit),
      setTimeout(() => end(child, 'SIGKILL'), limit + 10_000),
    ];
    const done = (ok: boolean) => {
      for (const timer of timers) clearTimeout(timer);
      end(child, 'SIGKILL');
      running.delete(child);
      resolve(ok);
    };
    child.once('error', (error) => {
      console.error(error.message);
      done(false);
    });
    child.once('exit', (code) => done(code === 0));
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

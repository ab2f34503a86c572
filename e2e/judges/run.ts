/**
 * `npm run vectors -- FOLDER [--in node|chromium|firefox|webkit]`: runs every test vector of a folder, in the
 * schemas that src/core/s3ec/vectors/README.md and src/core/esdk/vectors describe. A line a group, each failure by name, and
 * last `N passed, N failed, N unsupported`; exit 1 if any failed, 2 where there was nothing to run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type EngineName, engineNames } from '../browsers.ts';
import { judgeInBrowser } from './in-browser.ts';
import { type GroupVerdicts, judge, type Verdict } from './judge.ts';

const totals = { passed: 0, failed: 0, unsupported: 0 };

function report({ group, verdicts }: GroupVerdicts): void {
  const count = (outcome: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const line = (['passed', 'failed', 'unsupported'] as const).map((outcome) => {
    totals[outcome] += count(outcome);
    return `${count(outcome)} ${outcome}`;
  });
  console.log(`${group}: ${line.join(', ')}`);
  for (const { id, outcome, message } of verdicts)
    if (outcome === 'failed') console.log(`  ${id}: ${message}`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { in: { type: 'string' } } });
  const [folder, ...more] = positionals;
  const platform = values.in ?? 'node';
  const engine = engineNames.find((name): name is EngineName => name === platform);
  if (folder === undefined || more.length > 0 || (platform !== 'node' && !engine)) {
    console.error(`usage: npm run vectors -- FOLDER [--in ${['node', ...engineNames].join('|')}]`);
    return 2;
  }
  // npm runs scripts in the project's folder; a path is meant from where the person stands.
  const path = resolve(process.env['INIT_CWD'] ?? '.', folder);
  const names = readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const files = names.map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as unknown);
  if (engine) await judgeInBrowser(engine, files, report);
  else for await (const group of judge(files)) report(group);
  const { passed, failed, unsupported } = totals;
  if (passed + failed + unsupported === 0) {
    console.error(`There are no vectors in ${folder}`);
    return 2;
  }
  console.log(`${passed} passed, ${failed} failed, ${unsupported} unsupported`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();

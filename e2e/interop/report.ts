/** docs/interop.md: every table of the matrix, the versions that were asked, and the day. */
import type { GroupResult, Outcome, Result } from './cells.ts';
import type { Client } from './clients.ts';

const signs: Readonly<Record<Outcome['kind'], string>> = {
  passed: '✓',
  failed: '✗',
  'cannot be': '–',
  'not run': '○',
};

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly cannotBe: number;
  readonly notRun: number;
}

export function countsOf(results: readonly Result[]): Counts {
  const count = (kind: Outcome['kind']) => results.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    cannotBe: count('cannot be'),
    notRun: count('not run'),
  };
}

export function describe({ passed, failed, cannotBe, notRun }: Counts): string {
  const more = [cannotBe > 0 && `${cannotBe} cannot be`, notRun > 0 && `${notRun} not run`];
  return [`${passed} passed`, `${failed} failed`, ...more].filter(Boolean).join(', ');
}

export function reportOf(groups: readonly GroupResult[], clients: readonly Client[], day: string): string {
  const total = countsOf(groups.flatMap(({ results }) => results));
  return `${[
    '# Read and written by AWS’s own clients',
    `Written by \`npm run interop\` on ${day}, against the local cloud: ${describe(total)}.`,
    `${signs.passed} holds. ${signs.failed} failed. ${signs['cannot be']} cannot be. ${signs['not run']} was not run. ` +
      'The numbers lead to the reasons below each table.',
    'Whoever reads compares the SHA-256 of the plaintext. A client is one process of its own language, with its own ' +
      'HTTP and cryptography; nothing of this project is in it. How they are asked is in `e2e/interop`, and what ' +
      'some of them wrote is kept in `src/core/s3ec/vectors/clients` and `src/core/esdk/vectors/clients`, and read ' +
      'by the ordinary tests.',
    '## The clients',
    table(
      ['client', 'on'],
      clients.map((client) => [
        client.title,
        'runtime' in client ? client.runtime : `not run: ${client.missing.split('\n')[0]}`,
      ]),
    ),
    ...groups.map(sectionOf),
  ].join('\n\n')}\n`;
}

function sectionOf({ title, text, rowTitles, columns, results }: GroupResult): string {
  const reasons: string[] = [];
  const signOf = (outcome: Outcome | undefined): string => {
    if (!outcome) return '';
    if (outcome.kind === 'passed') return signs.passed;
    const why = outcome.why.replaceAll(/\s+/g, ' ').slice(0, 500);
    if (!reasons.includes(why)) reasons.push(why);
    return `${signs[outcome.kind]} ${reasons.indexOf(why) + 1}`;
  };
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const name = result.row.join('\n');
    rows.set(name, [...(rows.get(name) ?? []), result]);
  }
  const lines = [...rows.values()].map((row) => [
    ...(row[0]?.row ?? []),
    ...columns.map((column) => signOf(row.find((result) => result.column === column)?.outcome)),
  ]);
  return [
    `## ${title}`,
    `${text} ${describe(countsOf(results))}.`,
    table([...rowTitles, ...columns], lines),
    ...(reasons.length > 0 ? [reasons.map((why, index) => `${index + 1}. ${why}`).join('\n')] : []),
  ].join('\n\n');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

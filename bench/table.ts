import { type Row, reached } from './measure.ts';

/** The rows as a table for a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const header = ['what', 'value', 'ratio', 'goal', '', 'note'];
  const lines = rows.map((row) => [
    row.name,
    `${formatNumber(row.value)} ${row.unit}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} of ${row.ratioTo ?? ''}`,
    formatGoal(row),
    formatVerdict(row),
    row.note ?? '',
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [format(header), rule, ...lines.map(format)].join('\n');
}

/** What `--json` writes. */
export function formatJson(rows: readonly Row[]): string {
  const list = rows.map(({ name, value, unit, ratioTo = null, ratio = null }) => ({
    name,
    value,
    unit,
    ratioTo,
    ratio,
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function formatGoal({ goal }: Row): string {
  if (!goal) return '';
  return `${goal.of === 'ratio' ? 'ratio ' : ''}${goal.bound} ${goal.limit}`;
}

function formatVerdict(row: Row): string {
  const verdict = reached(row);
  return verdict === undefined ? '' : verdict ? 'reached' : 'MISSED';
}

function formatNumber(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** `formats.md` as something that can be executed: its tables, what stands in their cells, and its examples. */
import { readFileSync } from 'node:fs';

/** A row by its column's title, as it stands there. */
export type Row = Readonly<Record<string, string>>;

/** What the words in a cell stand for. */
export type Scope = Readonly<Record<string, Buffer>>;

export interface Section {
  readonly text: string;
  /** The rows of the table whose first columns are titled so. */
  table(...titles: readonly string[]): readonly Row[];
  /** The examples, each a list of labels and values. */
  readonly examples: readonly ReadonlyMap<string, string>[];
  /** The same as they stand there. */
  readonly blocks: readonly string[];
}

const text = readFileSync(new URL('formats.md', import.meta.url), 'utf8');

/** What stands below a heading, down to the next one. */
export function section(heading: string): Section {
  const found = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`the page has no section "${heading}"`);
  const blocks = [...found.matchAll(/^```(?:text|json)\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return {
    text: found,
    blocks,
    examples: blocks.map(readExample),
    table(...titles) {
      const table = found
        .split('\n\n')
        .map((paragraph) => paragraph.split('\n').filter((line) => line.startsWith('|')))
        .map((lines) => lines.map(cells))
        .find(([first]) => first && titles.every((title, index) => first[index] === title));
      const [header, , ...rows] = table ?? [];
      if (!header) throw new Error(`"${heading}" has no table of ${titles.join(', ')}`);
      return rows.map((row) => Object.fromEntries(header.map((title, index) => [title, row[index] ?? ''])));
    },
  };
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** Lines of a label, two spaces or more, and a value, which may go on below. */
function readExample(block: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let last = '';
  for (const line of block.trimEnd().split('\n')) {
    const [, label, value = ''] = /^(\S.*?) {2,}(.*)$/.exec(line) ?? [];
    if (label !== undefined && values.has(label)) throw new Error(`an example has ${label} twice`);
    last = label ?? last;
    values.set(last, label === undefined ? `${values.get(last)}${line.trim()}` : value);
  }
  return values;
}

/** Labels in a column, values beside them, 64 characters to a line where they have no spaces. */
export function formatExample(entries: Iterable<readonly [label: string, value: string]>): string {
  const list = [...entries];
  const width = Math.max(...list.map(([label]) => label.length)) + 2;
  const lines = list.flatMap(([label, value]) => {
    const pieces = value.includes(' ') ? [value] : (value.match(/.{1,64}/g) ?? ['']);
    return pieces.map((piece, index) => `${(index === 0 ? label : '').padEnd(width)}${piece}`.trimEnd());
  });
  return `${lines.join('\n')}\n`;
}

/** The bytes that a cell stands for. */
export function bytesOf(cell: string, scope: Scope): Buffer {
  return Buffer.concat(cell.split(' ‖ ').map((term) => termOf(term, scope)));
}

function termOf(term: string, scope: Scope): Buffer {
  const literal = literalOf(term);
  if (literal) return literal;
  if (term === 'nothing') return Buffer.alloc(0);
  const [, name = term, length] = /^(.*) in (\d) bytes$/.exec(term) ?? [];
  const known = scope[name];
  if (!known) throw new Error(`the page does not say what "${term}" is`);
  if (length === undefined) return known;
  return Buffer.concat([Buffer.alloc(Number(length)), known]).subarray(-Number(length));
}

/** `"text"` or `00 73`; undefined for words. */
function literalOf(cell: string): Buffer | undefined {
  const [, quoted] = /^`"(.*)"`$/.exec(cell) ?? [];
  if (quoted !== undefined) return Buffer.from(quoted);
  const [, hex] = /^`([0-9a-f]{2}(?: [0-9a-f]{2})*)`$/.exec(cell) ?? [];
  return hex === undefined ? undefined : Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

export interface Walked {
  readonly fields: Readonly<Record<string, Buffer>>;
  /** Every field with where it stands, those of repeated parts numbered. */
  readonly list: readonly (readonly [label: string, bytes: Buffer])[];
  readonly end: number;
  /** Where each field begins. */
  readonly offsets: Readonly<Record<string, number>>;
  /** The repeated parts, by their field. */
  readonly parts: Readonly<Record<string, readonly Walked[]>>;
}

/**
 * Reads bytes by a table of fields. A value that is given in hexadecimal must be there. `parts` has the tables of what
 * is repeated.
 */
export function walk(
  rows: readonly Row[],
  bytes: Buffer,
  {
    at = 0,
    scope = {},
    parts = {},
  }: {
    readonly at?: number;
    readonly scope?: Scope;
    readonly parts?: Readonly<Record<string, readonly Row[]>>;
  } = {},
): Walked {
  const fields: Record<string, Buffer> = {};
  const offsets: Record<string, number> = {};
  const repeated: Record<string, Walked[]> = {};
  const list: (readonly [string, Buffer])[] = [];
  let position = at;
  for (const row of rows) {
    const name = Object.values(row)[0] ?? '';
    const { bytes: size = '', value = '' } = row;
    const numberOf = (field: string) => {
      const known = fields[field] ?? scope[field];
      if (!known) throw new Error(`the page does not say what "${field}" is`);
      return known.readUIntBE(0, known.length);
    };
    offsets[name] = position;
    const [, count, part] = /^(.*) × (.*)$/.exec(size) ?? [];
    if (count !== undefined && part !== undefined) {
      const walked: Walked[] = [];
      for (let index = 0; index < numberOf(count); index++) {
        const next = walk(parts[part] ?? [], bytes, { at: position, scope, parts });
        list.push(...next.list.map(([label, field]) => [`${part} ${index + 1}: ${label}`, field] as const));
        walked.push(next);
        position = next.end;
      }
      repeated[name] = walked;
      continue;
    }
    const [, room] = /^rest(?: but (\d+))?$/.exec(size) ?? [];
    const isRest = size.startsWith('rest');
    const end = isRest
      ? bytes.length - Number(room ?? 0)
      : position + (/^\d+$/.test(size) ? Number(size) : numberOf(size));
    if (end > bytes.length || end < position) throw new Error(`there is no room for ${name}`);
    const field = bytes.subarray(position, end);
    const isFixed =
      value.startsWith('`') && literalOf(value.split(' ‖ ')[0] ?? '') && !value.includes(' or ');
    if (isFixed && !field.equals(bytesOf(value, { ...scope, ...fields })))
      throw new Error(`${name} is not ${value}`);
    fields[name] = field;
    list.push([name, field]);
    position = end;
  }
  return { fields, list, end: position, offsets, parts: repeated };
}

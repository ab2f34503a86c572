/** The matrix: groups of cells, each of which holds, fails, cannot be, or is not run, and then says why. */

export interface Place {
  /** One text for each of the group's `rowTitles`. */
  readonly row: readonly string[];
  readonly column: string;
}

export type Cell = Place &
  (
    | {
        /** Resolves where the cell holds; rejects with the reason why it does not. */
        readonly run: () => Promise<void>;
      }
    | { readonly cannotBe: string }
  );

export interface Group {
  readonly title: string;
  /** What stands above the table. */
  readonly text: string;
  readonly rowTitles: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly Cell[];
  /** Why none of it can be run, where something is missing. */
  readonly notRun?: string | undefined;
}

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' | 'cannot be' | 'not run'; readonly why: string };

export interface Result extends Place {
  readonly outcome: Outcome;
}

export interface GroupResult extends Omit<Group, 'cells'> {
  readonly results: readonly Result[];
}

export interface RunOptions {
  /** Cells that run at the same time. */
  readonly atOnce: number;
  /** Cells that would begin later than this have failed. Of `performance.now()`. */
  readonly deadline: number;
}

/** Runs a group's cells. */
export async function runGroup(
  { cells, ...group }: Group,
  { atOnce, deadline }: RunOptions,
): Promise<GroupResult> {
  const results: Result[] = [];
  const left = cells.entries();
  const lane = async () => {
    for (const [index, cell] of left) {
      const { row, column } = cell;
      results[index] = { row, column, outcome: await runCell(cell, group.notRun, deadline) };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { ...group, results };
}

async function runCell(cell: Cell, notRun: string | undefined, deadline: number): Promise<Outcome> {
  if ('cannotBe' in cell) return { kind: 'cannot be', why: cell.cannotBe };
  if (notRun !== undefined) return { kind: 'not run', why: notRun };
  if (performance.now() > deadline) return { kind: 'failed', why: 'the run had taken too long already' };
  try {
    await cell.run();
    return { kind: 'passed' };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Every row with every column. */
export function cellsOf<Row, Column>(
  rows: readonly Row[],
  columns: readonly Column[],
  cell: (row: Row, column: Column) => Cell,
): Cell[] {
  return rows.flatMap((row) => columns.map((column) => cell(row, column)));
}

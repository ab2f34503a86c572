/** Runs the vectors of one folder, of either format, on whatever platform this is. */
import { isVectorGroup, runVectors, type VectorKeys } from '../../src/core/esdk/vector-runner.ts';
import { runVectorFiles, type VectorFile } from '../../src/core/s3ec/vector-runner.ts';

export interface Verdict {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'unsupported';
  readonly message: string;
}

export interface GroupVerdicts {
  readonly group: string;
  readonly verdicts: readonly Verdict[];
}

/** @param files the parsed JSON files of the folder, the keys among them */
export async function* judge(files: readonly unknown[]): AsyncGenerator<GroupVerdicts> {
  const isMessages = (file: unknown) =>
    isVectorGroup(file) && file.vectors.some((vector) => 'ciphertext' in vector);
  const keys = (files.find((file) => typeof file === 'object' && file !== null && 'keys' in file) ?? {
    keys: {},
  }) as VectorKeys;
  for (const file of files) {
    if (!isMessages(file) || !isVectorGroup(file)) continue;
    const verdicts: Verdict[] = [];
    for await (const { vector, outcome, code, reason } of runVectors(file, keys)) {
      verdicts.push({ id: vector.id, outcome, message: reason ?? code ?? '' });
    }
    yield { group: file.group, verdicts };
  }
  const objects = files.filter((file) => !isMessages(file)) as VectorFile[];
  for await (const { group, results } of runVectorFiles(objects)) yield { group, verdicts: results };
}

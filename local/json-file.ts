import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface JsonFile<T> {
  /** Changed in place; `save` keeps the change. */
  readonly value: T;
  save(): void;
}

/** One small document on disk, readable by its owner alone and replaced as a whole, so a crash leaves the old one. */
export function openJsonFile<T>(path: string, initial: () => T): JsonFile<T> {
  let text: string | undefined;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const value = text === undefined ? initial() : (JSON.parse(text) as T);
  const save = () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(value, null, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  if (text === undefined) save();
  return { value, save };
}

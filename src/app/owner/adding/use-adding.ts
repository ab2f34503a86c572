import { useCallback, useState } from 'react';
import { type Choice, compare, type Duplicate } from '../../../transfer/duplicates.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { type Node, readNodes, type Unreadable } from '../../entries.ts';
import type { Session } from '../../session.ts';
import { namesKnown } from './names-known.ts';

/** Something to be settled before the rest of what was added is stored. */
export interface Question {
  readonly duplicates: readonly Duplicate[];
  /** Files that were added together with them, themselves included. */
  readonly among: number;
  answer(choice: Choice): void;
}

export interface Adding {
  readonly add: (nodes: readonly Node[]) => Promise<void>;
  /** There was nothing in what was added. */
  readonly nothing: boolean;
  /** It is being found out what is stored already. */
  readonly comparing: boolean;
  /** The first of the questions that wait for an answer: one for everything that was added at once. */
  readonly question: Question | undefined;
  /** What could not be read of what was added, until it is dismissed. */
  readonly unreadable: readonly Unreadable[];
  dismissUnreadable(): void;
}

/**
 * Takes in what is dropped, picked or pasted. What is new is on its way while a large folder is still read; what
 * is stored already, or on its way, waits for an answer at the end.
 */
export function useAdding({ uploads, files }: Session): Adding {
  const [nothing, setNothing] = useState(false);
  const [comparing, setComparing] = useState(0);
  const [unreadable, setUnreadable] = useState<readonly Unreadable[]>([]);
  const [questions, setQuestions] = useState<readonly Question[]>([]);

  const add = useCallback(
    async (nodes: readonly Node[]) => {
      setNothing(nodes.length === 0);
      setComparing((count) => count + 1);
      await namesKnown(files);
      setComparing((count) => count - 1);

      const comparison = compare(files.snapshot().entries, uploads.snapshot());
      const duplicates: Duplicate[] = [];
      let among = 0;
      for await (const batch of readNodes(nodes)) {
        const failed = batch.filter((found) => found.kind === 'unreadable');
        if (failed.length > 0) setUnreadable((before) => [...before, ...failed]);
        const sorted = comparison.sort(batch.filter((found) => found.kind !== 'unreadable'));
        duplicates.push(...sorted.duplicates);
        among += batch.filter((found) => found.kind === 'file').length;
        if (sorted.fresh.length > 0) uploads.add(sorted.fresh);
      }
      if (duplicates.length === 0) return;
      const question: Question = {
        duplicates,
        among,
        answer(choice) {
          setQuestions((before) => before.filter((other) => other !== question));
          const rows = uploads.snapshot();
          // Names may be taken by now that were not.
          const now = compare(files.snapshot().entries, rows);
          const { inputs, cancel } = now.settle(asOf(rows, duplicates), choice);
          uploads.cancel(cancel);
          if (inputs.length > 0) uploads.add(inputs);
        },
      };
      setQuestions((before) => [...before, question]);
    },
    [uploads, files],
  );

  return {
    add,
    nothing,
    comparing: comparing > 0,
    question: questions[0],
    unreadable,
    dismissUnreadable: () => setUnreadable([]),
  };
}

/** What was on its way when it was asked about may be stored by now. */
function asOf(rows: readonly UploadRow[], duplicates: readonly Duplicate[]): readonly Duplicate[] {
  const heads = new Map(rows.flatMap(({ id, stored }) => (stored ? [[id, stored]] : [])));
  return duplicates.map((duplicate) => {
    const head = heads.get(duplicate.underWay?.id ?? '');
    if (!head) return duplicate;
    const { key, size, etag, lastModified } = head;
    return { input: duplicate.input, stored: { key, size, etag, storedAt: lastModified } };
  });
}

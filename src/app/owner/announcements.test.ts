import { expect, test } from 'vitest';
import type { UploadRow } from '../../transfer/uploads.ts';
import { type Heard, hear, nothingHeard } from './announcements.ts';

const row = (id: string, state: UploadRow['state'], progress = 0): UploadRow => ({
  id,
  name: `${id}.pdf`,
  size: 100,
  state,
  progress,
});

/** All that is said while the rows go through these steps. */
function said(steps: readonly (readonly UploadRow[])[]): string[] {
  const messages: string[] = [];
  let heard: Heard = nothingHeard;
  for (const rows of steps) {
    const next = hear(heard, rows);
    heard = next.heard;
    if (next.message !== undefined) messages.push(next.message);
  }
  return messages;
}

test('one file: its start, three quarters, its end, and nothing else', () => {
  const progress = Array.from({ length: 99 }, (_, index) => [row('a', 'sending', index / 100)]);
  expect(
    said([[row('a', 'waiting')], ...progress, [row('a', 'finishing', 0.99)], [row('a', 'stored', 1)]]),
  ).toEqual(['Storing 1 file.', '25% sent.', '50% sent.', '75% sent.', 'a.pdf is locked and stored.']);
});

test('many files end in one sentence', () => {
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const steps = names.map((_, done) =>
    names.map((name, index) => row(name, index < done ? 'stored' : 'waiting', 0)),
  );
  const messages = said([...steps, names.map((name) => row(name, 'stored', 1))]);
  expect(messages[0]).toBe('Storing 40 files.');
  expect(messages.at(-1)).toBe('40 files locked and stored.');
  expect(messages).toHaveLength(2);
});

test('a failure is said at once, and again in the sum', () => {
  expect(
    said([
      [row('a', 'sending'), row('b', 'sending')],
      [row('a', 'failed'), row('b', 'sending')],
      [row('a', 'failed'), row('b', 'stored', 1)],
    ]),
  ).toEqual([
    'Storing 2 files.',
    'a.pdf was not stored.',
    'b.pdf is locked and stored. a.pdf was not stored.',
  ]);
});

test('what ended before is not told again', () => {
  expect(
    said([[row('a', 'sending')], [row('a', 'stored', 1)], [row('a', 'stored', 1), row('b', 'sending')]]),
  ).toEqual(['Storing 1 file.', 'a.pdf is locked and stored.', 'Storing 1 file.']);
});

test('a progress that falls back after a retry says no quarter twice', () => {
  expect(
    said([
      [row('a', 'sending', 0)],
      [row('a', 'sending', 0.3)],
      [row('a', 'sending', 0.1)],
      [row('a', 'sending', 0.3)],
      [row('a', 'sending', 0.6)],
    ]),
  ).toEqual(['Storing 1 file.', '25% sent.', '50% sent.']);
});

test('pausing, going on, and the end', () => {
  expect(
    said([
      [row('a', 'sending'), row('b', 'sending')],
      [row('a', 'paused', 0.3), row('b', 'sending')],
      [row('a', 'sending', 0.3), row('b', 'sending')],
      [row('a', 'paused', 0.3), row('b', 'paused')],
      [row('a', 'sending', 0.3), row('b', 'waiting')],
      [row('a', 'stored', 1), row('b', 'cancelled')],
    ]),
  ).toEqual([
    'Storing 2 files.',
    'a.pdf is paused.',
    'Going on with a.pdf.',
    '2 files paused.',
    'Going on with 2 files.',
    'a.pdf is locked and stored. 1 file cancelled.',
  ]);
});

test('what an earlier visit left is told of once, and counts when it goes on', () => {
  expect(
    said([
      [],
      [row('a', 'needs-you', 0.6), row('b', 'needs-you')],
      [row('a', 'needs-you', 0.7), row('b', 'needs-you')],
      [row('a', 'checking', 0.1), row('b', 'needs-you')],
      [row('a', 'sending', 0.8), row('b', 'needs-you')],
      [row('a', 'stored', 1), row('b', 'needs-you')],
    ]),
  ).toEqual([
    '2 uploads of an earlier visit can go on.',
    'Storing 1 file.',
    '75% sent.',
    'a.pdf is locked and stored.',
  ]);
});

test('what another tab sends is none of its news', () => {
  expect(said([[row('a', 'elsewhere')], [row('a', 'elsewhere'), row('b', 'stored', 1)], []])).toEqual([
    'b.pdf is locked and stored.',
  ]);
});

test('a file that had changed is told of', () => {
  expect(
    said([
      [row('a', 'checking', 0.2)],
      [{ ...row('a', 'sending'), restarted: true }],
      [{ ...row('a', 'sending', 0.1), restarted: true }],
    ]),
  ).toEqual(['Storing 1 file.', 'a.pdf had changed, so all of it is sent anew.']);
});

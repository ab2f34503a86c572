import './duplicates-dialog.css';
import type { Choice, Duplicate } from '../../../transfer/duplicates.ts';
import { formatWhen } from '../../dates.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { FileName } from '../../ui/file-name.tsx';
import type { Question } from './use-adding.ts';

const text = owner.duplicates;
const longestList = 5;

/** Asks once what becomes of files whose names are taken; Enter keeps everything, Esc leaves things as they are. */
export function DuplicatesDialog({ question }: { readonly question: Question }) {
  const { duplicates, among, answer } = question;
  const count = duplicates.length;
  const stored = duplicates.filter((duplicate) => duplicate.stored).length;
  const shown = duplicates.slice(0, longestList);
  const choices: readonly (readonly [choice: Choice, word: string, does: string])[] = [
    ['keep-both', text.keepBoth, text.keepBothHint(count)],
    ['skip', text.skip(count), text.skipHint(count)],
    ['replace', text.replace(count), text.replaceHint(count, stored)],
  ];
  return (
    <Dialog title={text.title(count, among, stored)} onClose={() => answer('skip')}>
      {among > count && <p className="soft">{text.others(among - count)}</p>}
      <ul className="duplicates">
        {shown.map((duplicate) => (
          <li key={`${duplicate.stored?.key} ${duplicate.underWay?.id}`} className="duplicates__row">
            <FileName name={duplicate.input.path} />
            <span className="soft small numbers">{difference(duplicate)}</span>
          </li>
        ))}
        {count > shown.length && <li className="soft small">{text.more(count - shown.length)}</li>}
      </ul>
      <div className="choices">
        {choices.map(([choice, word, does], index) => (
          <button
            key={choice}
            type="button"
            className="button choices__one"
            // Enter must do the safe thing.
            data-first-focus={index === 0 ? '' : undefined}
            onClick={() => answer(choice)}
          >
            <strong className="choices__word">{word}</strong>
            <span className="choices__does small">{does}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}

/** What is there, beside what is added. */
function difference({ input, stored, underWay }: Duplicate): string {
  const size = shared.size(input.file.size);
  if (!stored) return text.onItsWay(size, shared.size(underWay?.size ?? 0));
  return text.sizes(size, shared.size(stored.size), formatWhen(stored.storedAt, new Date()));
}

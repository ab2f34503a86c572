import './shortcuts-dialog.css';
import { owner } from '../../text/owner.ts';
import { Dialog } from '../../ui/dialog.tsx';

const text = owner.shortcuts;
const keys = text.keys;

const sheet: readonly (readonly [readonly string[], string])[] = [
  [['u'], text.upload],
  [[keys.paste], text.paste],
  [['/'], text.search],
  [['↑', '↓'], text.move],
  [[keys.home, keys.end], text.ends],
  [[keys.enter], text.open],
  [[keys.space], text.actions],
  [['p'], text.preview],
  [['x'], text.select],
  [[keys.all], text.selectAll],
  [['s'], text.share],
  [[keys.del], text.remove],
  [[keys.escape], text.escape],
  [['?'], text.help],
];

/** The keys, and a switch for those that are a single letter (dictation and wandering hands set them off). */
export function ShortcutsDialog({
  letters,
  onLetters,
  onClose,
}: {
  readonly letters: boolean;
  readonly onLetters: (on: boolean) => void;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={text.title} onClose={onClose}>
      <dl className="keys">
        {sheet.map(([names, does]) => (
          <div key={does} className="keys__line">
            <dt>
              {names.map((name) => (
                <kbd key={name} className="keys__key">
                  {name}
                </kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={letters} onChange={(event) => onLetters(event.target.checked)} />
        <span>{text.toggle}</span>
      </label>
    </Dialog>
  );
}

import './passed-over.css';
import type { Unreadable } from '../../entries.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Icon } from '../../ui/icons.tsx';
import { WholeName } from '../../ui/whole-name.tsx';

const text = owner.passedOver;
const longestList = 100;

/** What could not be read of what was added: one note, however many they are. */
export function PassedOver({
  unreadable,
  onDismiss,
}: {
  readonly unreadable: readonly Unreadable[];
  readonly onDismiss: () => void;
}) {
  const one = unreadable.length === 1;
  const shown = unreadable.slice(0, longestList);
  const more = unreadable.length - shown.length;
  return (
    <section className="passed" aria-label={text.label}>
      <p className="passed__title" role="alert">
        <Icon name="alert" />
        {text.title(unreadable.length)}
      </p>
      <p>{one ? text.meansOne : text.means}</p>
      <p>{one ? text.nextOne : text.next}</p>
      <div className="passed__foot">
        <details className="passed__which">
          <summary>{text.which}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for those who have only keys */}
          <ul className="passed__list" aria-label={text.label} tabIndex={0}>
            {shown.map(({ path }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows, and paths may come twice
              <li key={index}>
                <WholeName name={path} />
              </li>
            ))}
            {more > 0 && <li className="soft">{text.more(more)}</li>}
          </ul>
        </details>
        <button type="button" className="button" onClick={onDismiss}>
          {shared.dismiss}
        </button>
      </div>
    </section>
  );
}

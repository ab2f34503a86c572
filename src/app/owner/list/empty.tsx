import './empty.css';
import { visibleName } from '../../display-name.ts';
import { owner } from '../../text/owner.ts';
import { Envelope } from '../../ui/envelope.tsx';
import { useDelayed } from '../../ui/use-delayed.ts';

const text = owner.list;

export function EmptyList() {
  return (
    <div className="empty">
      <Envelope state="open" size="page" />
      <h3 className="empty__title">{text.emptyTitle}</h3>
      <p className="empty__text">{text.empty.join(' ')}</p>
    </div>
  );
}

export function NoMatch({ query, onClear }: { readonly query: string; readonly onClear: () => void }) {
  return (
    <div className="empty">
      <h3 className="empty__title">{text.noMatchTitle}</h3>
      <p className="empty__text">{text.noMatch(visibleName(query))}</p>
      <button type="button" className="button" onClick={onClear}>
        {text.clearSearch}
      </button>
    </div>
  );
}

/** Nothing for a moment; then the shape of what will come. */
export function ListSkeleton() {
  const late = useDelayed();
  return (
    <div className="list list--skeleton" aria-busy="true">
      <p className="hush" role="status">
        {late ? text.loading : ''}
      </p>
      {late && [0, 1, 2, 3].map((row) => <span key={row} className="skeleton" aria-hidden="true" />)}
    </div>
  );
}

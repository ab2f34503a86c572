import './toolbar.css';
import type { Ref } from 'react';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Icon } from '../../ui/icons.tsx';
import type { Sort } from './items.ts';

const text = owner.list;
const sorts = Object.keys(text.sorts) as readonly Sort[];

export function Toolbar({
  searchRef,
  count,
  naming,
  query,
  onQuery,
  sort,
  onSort,
  busy,
  onRefresh,
}: {
  readonly searchRef: Ref<HTMLInputElement>;
  /** Stored files; undefined while unknown. */
  readonly count: number | undefined;
  /** Files whose names are still locked, so that a search can't find them yet. */
  readonly naming: number;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly busy: boolean;
  readonly onRefresh: () => void;
}) {
  return (
    <div className="toolbar">
      <div className="toolbar__head">
        <h2 className="toolbar__title" id="files-title">
          {text.title}
        </h2>
        <p className="soft numbers">
          {shared.parts([
            count === undefined ? undefined : text.count(count),
            naming > 0 ? text.naming(naming) : undefined,
          ])}
        </p>
      </div>
      <div className="toolbar__tools">
        <label className="toolbar__search">
          <Icon name="search" />
          <input
            ref={searchRef}
            className="field"
            type="search"
            aria-label={text.search}
            placeholder={text.searchHint}
            autoComplete="off"
            spellCheck={false}
            value={query}
            onChange={(event) => onQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              if (query === '') event.currentTarget.blur();
              onQuery('');
            }}
          />
        </label>
        <select
          className="field toolbar__sort"
          aria-label={text.sort}
          value={sort}
          onChange={(event) => {
            const next = sorts.find((name) => name === event.target.value);
            if (next) onSort(next);
          }}
        >
          {sorts.map((name) => (
            <option key={name} value={name}>
              {text.sorts[name]}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button button--icon"
          aria-label={text.refresh}
          title={text.refresh}
          disabled={busy}
          onClick={onRefresh}
        >
          <Icon name="refresh" />
        </button>
      </div>
    </div>
  );
}

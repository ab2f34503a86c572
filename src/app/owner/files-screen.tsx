import './files-screen.css';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { FileEntry } from '../../transfer/files.ts';
import type { UploadInput } from '../../transfer/uploads.ts';
import type { Session } from '../session.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { ErrorView } from '../ui/error-view.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegion } from '../ui/live-region.tsx';
import { Shell } from '../ui/shell.tsx';
import { useStore } from '../use-store.ts';
import { BatchBar } from './batch-bar.tsx';
import { HowDialog } from './dialogs/how-dialog.tsx';
import { KeyDialog } from './dialogs/key-dialog.tsx';
import { RemoveDialog } from './dialogs/remove-dialog.tsx';
import { RowDialog } from './dialogs/row-dialog.tsx';
import { beginSharing, ShareDialog, type Sharing } from './dialogs/share-dialog.tsx';
import { ShortcutsDialog } from './dialogs/shortcuts-dialog.tsx';
import { DropZone, type DropZoneHandle } from './drop-zone.tsx';
import { KeyChip } from './key-chip.tsx';
import { EmptyList, ListSkeleton, NoMatch } from './list/empty.tsx';
import { FileList, type FileListHandle } from './list/file-list.tsx';
import { listItems, matching, type Sort } from './list/items.ts';
import type { RowActions } from './list/row-buttons.tsx';
import { Toolbar } from './list/toolbar.tsx';
import { useAnnouncements } from './use-announcements.ts';
import { useLeaveGuard } from './use-leave-guard.ts';
import { useOnline } from './use-online.ts';
import { useLetters, useShortcuts } from './use-shortcuts.ts';
import { useTitle } from './use-title.ts';

type Open =
  | { readonly kind: 'share'; readonly sharing: Sharing }
  | { readonly kind: 'remove'; readonly entry: FileEntry }
  | { readonly kind: 'row'; readonly id: string }
  | { readonly kind: 'key' }
  | { readonly kind: 'how' }
  | { readonly kind: 'shortcuts' };

/** Home: files come in at the top, and all that is stored stands below. */
export function FilesScreen({ session }: { readonly session: Session }) {
  const uploads = useStore(session.uploads);
  const downloads = useStore(session.downloads);
  const files = useStore(session.files);
  const online = useOnline();
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState<Sort>('newest');
  const [open, setOpen] = useState<Open>();
  const [notice, setNotice] = useState('');
  const [letters, setLetters] = useLetters();
  const list = useRef<FileListHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const drop = useRef<DropZoneHandle>(null);
  const today = useToday();
  const message = useAnnouncements(session);
  useTitle(uploads);
  useLeaveGuard(uploads, downloads);

  useEffect(() => {
    void session.files.refresh();
  }, [session]);

  // A long list may lag behind a fast typist, or behind names that are being unlocked.
  const entries = useDeferredValue(files.entries);
  const wanted = useDeferredValue(query);
  const items = useMemo(
    () => matching(listItems(uploads, entries, downloads, sort), wanted),
    [uploads, entries, downloads, sort, wanted],
  );

  const actions = useMemo<RowActions>(
    () => ({
      cancelUpload: (id) => session.uploads.cancel(id),
      retryUpload: (id) => session.uploads.retry(id),
      dismissUpload: (id) => session.uploads.dismiss(id),
      download(entry) {
        for (const row of session.downloads.snapshot())
          if (row.key === entry.key) session.downloads.dismiss(row.id);
        session.download(entry);
      },
      cancelDownload: (id) => session.downloads.cancel(id),
      dismissDownload: (id) => session.downloads.dismiss(id),
      share: (entry) => setOpen({ kind: 'share', sharing: beginSharing(session, entry) }),
      remove: (entry) => setOpen({ kind: 'remove', entry }),
      more: (id) => setOpen({ kind: 'row', id }),
    }),
    [session],
  );

  const add = useCallback(
    (inputs: readonly UploadInput[]) => {
      setNotice('');
      setQuery('');
      session.uploads.add(inputs);
    },
    [session],
  );
  const nothing = useCallback(() => setNotice(owner.drop.nothing), []);

  const refresh = () => {
    // What was stored in this visit is in the list from S3, as everything else.
    for (const row of session.uploads.snapshot()) if (row.state === 'stored') session.uploads.dismiss(row.id);
    void session.files.refresh();
  };

  const remove = async (entry: FileEntry) => {
    await session.files.remove(entry.key);
    for (const row of session.uploads.snapshot()) {
      if (row.stored?.key === entry.key) session.uploads.dismiss(row.id);
    }
  };

  const close = useCallback(() => setOpen(undefined), []);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && open === undefined) list.current?.refocus();
    wasOpen.current = open !== undefined;
  }, [open]);

  const keys = useMemo(
    () => ({
      u: () => drop.current?.choose(),
      '/': () => search.current?.focus(),
      '?': () => setOpen({ kind: 'shortcuts' }),
    }),
    [],
  );
  useShortcuts(keys, letters);

  const stored = files.entries.length;
  const naming = files.entries.filter(
    (entry) => entry.name === undefined && entry.error === undefined,
  ).length;
  const row = open?.kind === 'row' ? items.find((item) => item.id === open.id) : undefined;
  return (
    <Shell
      width="wide"
      aside={
        <nav className="topbar" aria-label={shared.product}>
          <KeyChip lock={session.lock} onClick={() => setOpen({ kind: 'key' })} />
          <button
            type="button"
            className="button button--quiet button--icon topbar__keys"
            aria-label={owner.nav.shortcuts}
            title={owner.nav.shortcuts}
            onClick={() => setOpen({ kind: 'shortcuts' })}
          >
            <Icon name="keyboard" />
          </button>
        </nav>
      }
    >
      <h1 className="hush">{owner.list.label}</h1>
      <LiveRegion message={message} />
      <DropZone ref={drop} session={session} onAdd={add} onNothing={nothing} />
      <p className="files__notice" role="status">
        {!online && <Icon name="away" size={16} />}
        {online ? notice : owner.offline}
      </p>
      <BatchBar
        uploads={uploads}
        onCancel={(ids) => ids.forEach(session.uploads.cancel)}
        onRetry={(ids) => ids.forEach(session.uploads.retry)}
        onDismiss={(ids) => ids.forEach(session.uploads.dismiss)}
        onShow={(id) => list.current?.show(id)}
      />
      <section className="files" aria-labelledby="files-title">
        <Toolbar
          searchRef={search}
          count={files.state === 'loading' && stored === 0 ? undefined : stored}
          naming={naming}
          query={query}
          onQuery={setQuery}
          sort={sort}
          onSort={setSort}
          busy={files.state === 'loading'}
          onRefresh={refresh}
        />
        {files.error && (
          <div className="files__error">
            <ErrorView error={files.error} during="list" onRetry={refresh} />
          </div>
        )}
        {items.length > 0 && (
          <FileList ref={list} items={items} today={today} letters={letters} actions={actions} />
        )}
        {items.length === 0 && query !== '' && <NoMatch query={query} onClear={() => setQuery('')} />}
        {items.length === 0 && query === '' && files.state === 'loading' && <ListSkeleton />}
        {items.length === 0 && query === '' && files.state === 'ready' && <EmptyList />}
      </section>
      <footer className="files__foot">
        <button type="button" className="textlink" onClick={() => setOpen({ kind: 'how' })}>
          {shared.howItWorks}
        </button>
      </footer>

      {open?.kind === 'share' && (
        <ShareDialog
          sharing={open.sharing}
          onAgain={() => actions.share(open.sharing.entry)}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <RemoveDialog entry={open.entry} linkDays={session.linkDays} remove={remove} onClose={close} />
      )}
      {row?.entry && (
        <RowDialog
          entry={row.entry}
          onDownload={() => {
            if (row.entry) actions.download(row.entry);
            close();
          }}
          onShare={() => row.entry && actions.share(row.entry)}
          onRemove={() => row.entry && actions.remove(row.entry)}
          onClose={close}
        />
      )}
      {open?.kind === 'key' && (
        <KeyDialog session={session} onHow={() => setOpen({ kind: 'how' })} onClose={close} />
      )}
      {open?.kind === 'how' && <HowDialog onClose={close} />}
      {open?.kind === 'shortcuts' && (
        <ShortcutsDialog letters={letters} onLetters={setLetters} onClose={close} />
      )}
    </Shell>
  );
}

/** The date, looked at every minute; a new object only when the day is a new one. */
function useToday(): Date {
  const [today, setToday] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => {
      const now = new Date();
      setToday((before) => (before.toDateString() === now.toDateString() ? before : now));
    }, 60_000);
    return () => clearInterval(timer);
  }, []);
  return today;
}

import './files-screen.css';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { FileEntry } from '../../transfer/files.ts';
import type { UploadRow } from '../../transfer/uploads.ts';
import { visibleName } from '../display-name.ts';
import { isDownloadMoving, needsPage } from '../downloading.ts';
import type { Node } from '../entries.ts';
import { pickFile } from '../pick.ts';
import type { Steps } from '../preview/preview-dialog.tsx';
import { PreviewWhenLoaded } from '../preview/preview-when-loaded.tsx';
import { isPreviewable, type Previewed } from '../preview/previewable.ts';
import type { Session } from '../session.ts';
import { describeError } from '../text/errors.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { ErrorView } from '../ui/error-view.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegion } from '../ui/live-region.tsx';
import { Shell } from '../ui/shell.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { useLeaveGuard } from '../use-leave-guard.ts';
import { useOnline } from '../use-online.ts';
import { useStore } from '../use-store.ts';
import { useWakeLock } from '../use-wake-lock.ts';
import { DuplicatesDialog } from './adding/duplicates-dialog.tsx';
import { PassedOver } from './adding/passed-over.tsx';
import { useAdding } from './adding/use-adding.ts';
import { type BatchActions, BatchBar } from './batch-bar.tsx';
import { DiscardDialog } from './dialogs/discard-dialog.tsx';
import { HowDialog } from './dialogs/how-dialog.tsx';
import { KeyDialog } from './dialogs/key-dialog.tsx';
import { RemoveDialog } from './dialogs/remove-dialog.tsx';
import { RowDialog } from './dialogs/row-dialog.tsx';
import { beginSharing, ShareDialog, type Sharing } from './dialogs/share-dialog.tsx';
import { ShortcutsDialog } from './dialogs/shortcuts-dialog.tsx';
import { DropZone, type DropZoneHandle } from './drop-zone.tsx';
import { KeyChip } from './key-chip.tsx';
import { createArrivals } from './list/arrivals.ts';
import { EmptyList, ListSkeleton, NoMatch } from './list/empty.tsx';
import { FileList, type FileListHandle } from './list/file-list.tsx';
import {
  type Item,
  isFolder,
  isKept,
  isMoving,
  isOpen,
  isUploading,
  listItems,
  matching,
  type Sort,
} from './list/items.ts';
import type { RowActions } from './list/row-buttons.tsx';
import { Toolbar } from './list/toolbar.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { useAnnouncements } from './use-announcements.ts';
import { useFavicon, useSign } from './use-favicon.ts';
import { useHeldFocus } from './use-held-focus.ts';
import { useSelection } from './use-selection.ts';
import { useLetters, useShortcuts } from './use-shortcuts.ts';
import { useTitle } from './use-title.ts';

type Open =
  | { readonly kind: 'share'; readonly sharing: Sharing }
  | { readonly kind: 'remove'; readonly entries: readonly FileEntry[] }
  | { readonly kind: 'discard'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'row'; readonly id: string }
  | { readonly kind: 'preview'; readonly entry: FileEntry; readonly file: Previewed }
  | { readonly kind: 'key' }
  | { readonly kind: 'how' }
  | { readonly kind: 'shortcuts' };

/** Home: files come in at the top, and all that is stored stands below. */
export function FilesScreen({
  session,
  arrived,
}: {
  readonly session: Session;
  /** Whether another screen was here before, which had the focus. */
  readonly arrived: boolean;
}) {
  const uploads = useStore(session.uploads);
  const downloads = useStore(session.downloads);
  const files = useStore(session.files);
  const online = useOnline();
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState<Sort>('newest');
  const [open, setOpen] = useState<Open>();
  const [notice, setNotice] = useState(session.keyOfOtherTab ? owner.keyOfOtherTab : '');
  const [letters, setLetters] = useLetters();
  const list = useRef<FileListHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const drop = useRef<DropZoneHandle>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const today = useToday();
  const message = useAnnouncements(session);
  const adding = useAdding(session);
  useTitle(uploads);
  useFavicon(useSign(uploads));
  useLeaveGuard(uploads.some(isUploading) || downloads.some(needsPage));
  useLeaveGuard(uploads.some(isOpen), session.uploads);
  useWakeLock(uploads.some(isMoving) || downloads.some(isDownloadMoving));

  useEffect(() => {
    void session.files.refresh();
  }, [session]);

  useEffect(() => {
    if (arrived) heading.current?.focus();
  }, [arrived]);
  useHeldFocus(() => (list.current ?? heading.current)?.focus());

  const [arrivals] = useState(createArrivals);
  // A long list may lag behind a fast typist, or behind names that are being unlocked.
  const entries = useDeferredValue(files.entries);
  const wanted = useDeferredValue(query);
  const items = useMemo(
    () => matching(listItems(arrivals.inOrder(uploads), entries, downloads, sort), wanted),
    [arrivals, uploads, entries, downloads, sort, wanted],
  );

  const selection = useSelection(items);
  const actions = useMemo<RowActions>(
    () => ({
      pauseUpload: (id) => session.uploads.pause([id]),
      resumeUpload: (id) => session.uploads.resume([id]),
      async provideUpload(id) {
        try {
          const picked = await pickFile();
          if (!picked) return;
          const taken = session.uploads.provide(id, picked.file, picked.whereabouts);
          const { name = '' } = session.uploads.snapshot().find((row) => row.id === id) ?? {};
          const another = owner.drop.anotherFile(visibleName(picked.file.name), visibleName(name));
          setNotice(taken ? '' : another);
        } catch (error) {
          const { title, next } = describeError(error, 'upload');
          setNotice(`${title}. ${next}`);
        }
      },
      cancelUpload: (id) => session.uploads.cancel([id]),
      discardUpload: (id) => setOpen({ kind: 'discard', ids: new Set([id]) }),
      dismissUpload: (id) => session.uploads.dismiss([id]),
      download(entry) {
        const { downloads } = session;
        const before = downloads.snapshot().findLast((row) => row.key === entry.key);
        if (before && isDownloadMoving(before)) return;
        // Where something was kept, it goes on from there; what was asked for may be another object now.
        const goesOn = before && before.state !== 'done' && before.error?.code !== 'object-changed';
        if (goesOn) return downloads.resume(before.id);
        if (before) downloads.dismiss(before.id);
        session.download(entry);
      },
      pauseDownload: (id) => session.downloads.pause(id),
      resumeDownload: (id) => session.downloads.resume(id),
      cancelDownload: (id) => session.downloads.cancel(id),
      dismissDownload: (id) => session.downloads.dismiss(id),
      share: (entry) => setOpen({ kind: 'share', sharing: beginSharing(session, entry) }),
      remove: (entry) => setOpen({ kind: 'remove', entries: [entry] }),
      preview: (entry) => setOpen({ kind: 'preview', entry, file: session.preview(entry) }),
      more: (id) => setOpen({ kind: 'row', id }),
    }),
    [session],
  );

  const batch = useMemo<BatchActions>(() => {
    const { uploads } = session;
    const discard = (rows: readonly UploadRow[]) => setOpen({ kind: 'discard', ids: new Set(idsOf(rows)) });
    return {
      pause: (rows) => uploads.pause(idsOf(rows)),
      resume: (rows) => uploads.resume(idsOf(rows)),
      cancel: (rows) => (rows.some(isKept) ? discard(rows) : uploads.cancel(idsOf(rows))),
      discard,
      dismiss: (rows) => uploads.dismiss(idsOf(rows)),
      show: (row) => list.current?.show(row.id),
    };
  }, [session]);

  const takeIn = adding.add;
  const add = useCallback(
    (nodes: readonly Node[]) => {
      // What was added is to be seen.
      setQuery('');
      setNotice('');
      arrivals.next();
      void takeIn(nodes);
    },
    [takeIn, arrivals],
  );

  const refresh = () => {
    // What was stored in this visit is in the list from S3, as everything else.
    session.uploads.dismiss(idsOf(session.uploads.snapshot().filter((row) => row.state === 'stored')));
    void session.files.refresh();
  };

  const remove = async (entry: FileEntry) => {
    await session.files.remove(entry.key);
    session.uploads.dismiss(idsOf(session.uploads.snapshot().filter((row) => row.stored?.key === entry.key)));
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
  useShortcuts(
    useMemo(() => ({ Escape: selection.clear }), [selection.clear]),
    selection.keys.size > 0,
  );

  const said = adding.comparing ? <Comparing /> : adding.nothing ? owner.drop.nothing : notice;
  const stored = files.entries.length;
  const naming = files.entries.filter(
    (entry) => entry.name === undefined && entry.error === undefined,
  ).length;
  // What was stored or cancelled meanwhile is no question any more.
  const discarded =
    open?.kind === 'discard'
      ? uploads.filter(({ id, state }) => open.ids.has(id) && state !== 'stored' && state !== 'cancelled')
      : [];
  const row = open?.kind === 'row' ? items.find((item) => item.id === open.id) : undefined;
  // What a dialog was about may be gone, and the dialog with it.
  const busy =
    open !== undefined &&
    (open.kind !== 'row' || row?.entry !== undefined) &&
    (open.kind !== 'discard' || discarded.length > 0);
  return (
    <Shell
      width="wide"
      aside={
        <nav className="topbar" aria-label={shared.product}>
          {session.account !== undefined && (
            <bdi className="topbar__account" title={owner.key.account}>
              {visibleName(session.account)}
            </bdi>
          )}
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
      <h1 className="hush" ref={heading} tabIndex={-1}>
        {owner.list.label}
      </h1>
      <LiveRegion message={message} />
      <DropZone ref={drop} session={session} onAdd={add} />
      <p className="files__notice" role="status">
        {!online && <Icon name="away" size={16} />}
        {online ? said : owner.offline}
      </p>
      {adding.unreadable.length > 0 && (
        <PassedOver unreadable={adding.unreadable} onDismiss={adding.dismissUnreadable} />
      )}
      <BatchBar uploads={uploads} actions={batch} />
      <section className="files" aria-labelledby="files-title">
        <Toolbar
          searchRef={search}
          count={files.state === 'ready' ? stored : undefined}
          naming={naming}
          query={query}
          onQuery={setQuery}
          sort={sort}
          onSort={setSort}
          busy={files.state === 'loading'}
          onRefresh={refresh}
        />
        <LiveRegion message={foundText(wanted, items.length)} />
        {files.error && (
          <div className="files__error">
            <ErrorView error={files.error} during="list" onRetry={refresh} />
          </div>
        )}
        {items.length > 0 && (
          <FileList
            ref={list}
            items={items}
            today={today}
            letters={letters}
            actions={actions}
            selection={selection}
          />
        )}
        {items.length === 0 && wanted !== '' && <NoMatch query={wanted} onClear={() => setQuery('')} />}
        {items.length === 0 && wanted === '' && files.state === 'loading' && <ListSkeleton />}
        {items.length === 0 && wanted === '' && files.state === 'ready' && <EmptyList />}
        <SelectionBar
          entries={selection.entries}
          onZip={(entries) => {
            session.downloadZip(entries);
            selection.clear();
          }}
          onRemove={(entries) => setOpen({ kind: 'remove', entries })}
          onClear={selection.clear}
        />
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
        <RemoveDialog entries={open.entries} linkDays={session.linkDays} remove={remove} onClose={close} />
      )}
      {open?.kind === 'discard' && discarded.length > 0 && (
        <DiscardDialog
          rows={discarded}
          onDiscard={() => {
            session.uploads.cancel(idsOf(discarded));
            close();
          }}
          onClose={close}
        />
      )}
      {!busy && adding.question && <DuplicatesDialog question={adding.question} />}
      {row?.entry && (
        <RowDialog
          entry={row.entry}
          picked={selection.keys.has(row.entry.key)}
          openable={!row.entry.error && row.entry.name !== undefined && !isFolder(row)}
          onDownload={() => {
            if (row.entry) actions.download(row.entry);
            close();
          }}
          onPreview={
            isPreviewable(row.entry.name ?? '') ? () => row.entry && actions.preview(row.entry) : undefined
          }
          onShare={() => row.entry && actions.share(row.entry)}
          onRemove={() => row.entry && actions.remove(row.entry)}
          onSelect={() => {
            if (row.entry) selection.toggle(row.entry.key, false);
            close();
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'preview' && (
        <PreviewWhenLoaded
          file={open.file}
          steps={stepsFrom(items, open.entry, actions.preview)}
          onDownload={() => {
            close();
            actions.download(open.entry);
          }}
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

const idsOf = (rows: readonly UploadRow[]): readonly string[] => rows.map(({ id }) => id);

function foundText(query: string, count: number): string {
  if (query.trim() === '') return '';
  return count === 0 ? owner.list.noMatchTitle : owner.list.found(count);
}

/** Said only where it takes a while. */
function Comparing() {
  return useDelayed() ? owner.comparing : '';
}

/** To the file before and after it of those in the list that can be looked at; undefined where it is the only one. */
function stepsFrom(
  items: readonly Item[],
  { key }: FileEntry,
  show: (entry: FileEntry) => void,
): Steps | undefined {
  const all = items.flatMap(({ entry }) =>
    entry && !entry.error && isPreviewable(entry.name ?? '') ? [entry] : [],
  );
  if (all.length < 2) return undefined;
  const index = all.findIndex((entry) => entry.key === key);
  const to = (entry: FileEntry | undefined) => entry && (() => show(entry));
  return { before: to(all[index - 1]), after: to(all[index + 1]) };
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

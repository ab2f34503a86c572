import './drop-zone.css';
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { UploadInput } from '../../transfer/uploads.ts';
import { readEntries, takeDropped, takePasted } from '../entries.ts';
import type { Session } from '../session.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { Envelope } from '../ui/envelope.tsx';
import { Icon } from '../ui/icons.tsx';

const text = owner.drop;

export interface DropZoneHandle {
  choose(): void;
}

const carriesFiles = (transfer: DataTransfer | null): transfer is DataTransfer =>
  transfer?.types.includes('Files') === true;

/** A dialog is about something else; nothing is added behind its back. */
const dialogOpen = () => document.querySelector('dialog[open]') !== null;

/** Files come in here: chosen, dropped anywhere in the window, or pasted. */
export function DropZone({
  ref,
  session,
  onAdd,
  onNothing,
}: {
  readonly ref: Ref<DropZoneHandle>;
  readonly session: Session;
  readonly onAdd: (inputs: readonly UploadInput[]) => void;
  readonly onNothing: () => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState<number>();

  useImperativeHandle(ref, () => ({ choose: () => files.current?.click() }), []);

  useEffect(() => {
    let leaving: ReturnType<typeof setTimeout> | undefined;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer) || dialogOpen()) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      clearTimeout(leaving);
      const count = event.dataTransfer.items.length;
      setOver(count);
      // `dragleave` comes at every border inside the page; `dragover` stops only when it is really gone.
      leaving = setTimeout(() => setOver(undefined), 250);
    };
    const onDrop = (event: DragEvent) => {
      clearTimeout(leaving);
      setOver(undefined);
      if (!carriesFiles(event.dataTransfer) || dialogOpen()) return;
      event.preventDefault();
      const dropped = takeDropped(event.dataTransfer);
      if (dropped.files.length > 0) onAdd(dropped.files);
      void (async () => {
        let found = dropped.files.length;
        for await (const batch of readEntries(dropped.entries)) {
          found += batch.length;
          onAdd(batch);
        }
        if (found === 0) onNothing();
      })();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!event.clipboardData || dialogOpen()) return;
      const pasted = takePasted(event.clipboardData, new Date());
      if (pasted.length === 0) return;
      event.preventDefault();
      onAdd(pasted);
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('drop', onDrop);
    window.addEventListener('paste', onPaste);
    return () => {
      clearTimeout(leaving);
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('drop', onDrop);
      window.removeEventListener('paste', onPaste);
    };
  }, [onAdd, onNothing]);

  const picker = (ref: typeof files, label: string, extra: { webkitdirectory?: string }) => (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...extra}
      onChange={(event) => {
        const chosen = [...(event.target.files ?? [])];
        event.target.value = '';
        if (chosen.length > 0) onAdd(chosen);
      }}
    />
  );

  return (
    <section className="drop" aria-label={text.label}>
      <p className="drop__title">{text.title}</p>
      <div className="drop__ways">
        <button type="button" className="button button--main" onClick={() => files.current?.click()}>
          <Icon name="add" />
          {text.choose}
        </button>
        <button type="button" className="button drop__folder" onClick={() => folder.current?.click()}>
          <Icon name="folder" />
          {text.chooseFolder}
        </button>
      </div>
      <p className="drop__limit soft small">{shared.parts([text.paste, text.limit(session.largestFile)])}</p>
      {picker(files, text.choose, {})}
      {picker(folder, text.chooseFolder, { webkitdirectory: '' })}
      {over !== undefined && (
        <div className="drop__veil" aria-hidden="true">
          <div className="drop__target">
            <Envelope state="open" size="page" />
            <p className="drop__over">{over > 0 ? text.overCount(over) : text.overTitle}</p>
            <p>{text.overHint(session.bucket)}</p>
          </div>
        </div>
      )}
    </section>
  );
}

import './drop-zone.css';
import { type Ref, useEffect, useImperativeHandle, useState } from 'react';
import type { Node } from '../entries.ts';
import { pickFiles, pickFolder } from '../pick.ts';
import type { Session } from '../session.ts';
import { takeDropped, takePasted } from '../take.ts';
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
}: {
  readonly ref: Ref<DropZoneHandle>;
  readonly session: Session;
  readonly onAdd: (nodes: readonly Node[]) => void;
}) {
  const [over, setOver] = useState<number>();
  // The dialog is asked for at once, in the click's own turn.
  const pick = (nodes: Promise<readonly Node[] | undefined>) =>
    void nodes.then((picked) => picked && onAdd(picked));
  const choose = () => pick(pickFiles());

  useImperativeHandle(ref, () => ({ choose }));

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
      void takeDropped(event.dataTransfer).then(onAdd);
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
  }, [onAdd]);

  return (
    <section className="drop" aria-label={text.label}>
      <p className="drop__title">{text.title}</p>
      <div className="drop__ways">
        <button type="button" className="button button--main" onClick={choose}>
          <Icon name="add" />
          {text.choose}
        </button>
        <button type="button" className="button drop__folder" onClick={() => pick(pickFolder())}>
          <Icon name="folder" />
          {text.chooseFolder}
        </button>
      </div>
      <p className="drop__limit soft small">{shared.parts([text.paste, text.limit(session.largestFile)])}</p>
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

import { useEffect, useState } from 'react';
import type { EnvelopeError } from '../../core/errors.ts';
import type { Preview } from '../../transfer/preview/open-preview.ts';
import { preview as text } from '../text/preview.ts';
import { ErrorView } from '../ui/error-view.tsx';
import { FramedPlayer } from './framed-player.tsx';

/**
 * What was verified, in the one element that shows its kind and lets nothing in it act: pictures as images, text as
 * characters, PDF in the browser's own viewer, which is no part of this site.
 */
export function PreviewContent({
  preview,
  name,
  size,
  onRetry,
  onClose,
}: {
  readonly preview: Preview;
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly onRetry: () => void;
  readonly onClose: () => void;
}) {
  const [refused, setRefused] = useState(false);
  const refuse = () => setRefused(true);
  const label = text.label(name);
  const broken = 'broken' in preview ? preview.broken : undefined;
  const [failure, setFailure] = useState<EnvelopeError>();
  useEffect(() => {
    let here = true;
    void broken?.then((error) => here && setFailure(error));
    return () => {
      here = false;
    };
  }, [broken]);

  if (failure || refused) {
    return (
      <div className="preview__stage preview__stage--words">
        {failure ? (
          <ErrorView error={failure} during="preview" onRetry={onRetry} />
        ) : (
          <Words title={text.cannotTitle} body={text.cannot} />
        )}
      </div>
    );
  }
  switch (preview.kind) {
    case 'image':
      return (
        <div className="preview__stage">
          <img className="preview__image" src={preview.url} alt={name} onError={refuse} draggable={false} />
        </div>
      );
    case 'text':
      if (size === 0) {
        return (
          <div className="preview__stage preview__stage--words">
            <Words title={text.emptyTitle} body={text.empty} />
          </div>
        );
      }
      return (
        <>
          {preview.shown < size && <p className="preview__begins">{text.begins(preview.shown, size)}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
          <section className="preview__text" tabIndex={0} aria-label={label}>
            <pre>{preview.text}</pre>
          </section>
        </>
      );
    case 'pdf':
      if (!navigator.pdfViewerEnabled) {
        return (
          <div className="preview__stage preview__stage--words">
            <Words title={text.noPdfTitle} body={text.noPdf} />
          </div>
        );
      }
      return <iframe className="preview__frame" src={preview.url} title={label} />;
    case 'audio':
    case 'video':
      return (
        <div className="preview__stage">
          {preview.frameUrl === undefined ? (
            <preview.kind
              className="preview__player"
              src={preview.url}
              controls
              aria-label={label}
              onError={refuse}
            />
          ) : (
            <FramedPlayer
              kind={preview.kind}
              url={preview.url}
              frameUrl={preview.frameUrl}
              label={label}
              onRefused={refuse}
              onClose={onClose}
            />
          )}
        </div>
      );
  }
}

function Words({ title, body }: { readonly title: string; readonly body: string }) {
  return (
    <div role="status">
      <p className="preview__title">{title}</p>
      <p>{body}</p>
    </div>
  );
}

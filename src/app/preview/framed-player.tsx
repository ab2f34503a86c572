import type { SyntheticEvent } from 'react';

/**
 * A player in an empty document below the service worker's scope, since a worker answers the requests of documents
 * in its scope alone. No script runs in that document; what fills it is this page.
 */
export function FramedPlayer({
  kind,
  url,
  frameUrl,
  label,
  onRefused,
  onClose,
}: {
  readonly kind: 'audio' | 'video';
  readonly url: string;
  readonly frameUrl: string;
  readonly label: string;
  readonly onRefused: () => void;
  readonly onClose: () => void;
}) {
  const fill = ({ currentTarget }: SyntheticEvent<HTMLIFrameElement>) => {
    const inside = currentTarget.contentDocument;
    // Anything else than the worker's own document is an error page.
    if (!inside || inside.location.pathname !== frameUrl || inside.body.firstChild) return onRefused();
    const player = inside.createElement(kind);
    player.controls = true;
    // Chromium's own button would ask for the address without a player, and get nothing.
    player.setAttribute('controlslist', 'nodownload');
    player.setAttribute('aria-label', label);
    player.addEventListener('error', onRefused);
    Object.assign(inside.documentElement.style, { height: '100%', colorScheme: 'light dark' });
    Object.assign(inside.body.style, { height: '100%', margin: '0', display: 'grid', placeItems: 'center' });
    Object.assign(player.style, {
      maxWidth: '100%',
      maxHeight: '100%',
      width: '100%',
      outlineOffset: '-2px',
    });
    inside.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') onClose();
    });
    player.src = url;
    inside.body.append(player);
  };
  return (
    <iframe
      className={`preview__frame preview__frame--${kind}`}
      src={frameUrl}
      sandbox="allow-same-origin"
      title={label}
      onLoad={fill}
    />
  );
}

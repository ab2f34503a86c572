export interface FrameFetch {
  /** Resolves once something else than a download has answered. */
  readonly refused: Promise<undefined>;
  /** Where no download has begun: Firefox ends one with its frame, also when it only has to write the rest. */
  remove(): void;
}

/**
 * Has the browser go to an address whose answer is a download, in an unseen frame. Chromium takes no `download` link
 * to a service worker, and in the page's own place whatever answers instead would take the page away: a worker that
 * does not know the address, the host where no worker is asked, an error of the network.
 */
export function fetchInFrame(url: string): FrameFetch {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = url;
  const refused = new Promise<undefined>((resolve) => {
    frame.addEventListener('load', () => {
      // A download leaves the frame as empty as it was made.
      if (!isEmpty(frame)) resolve(undefined);
    });
  });
  document.body.append(frame);
  return { refused, remove: () => frame.remove() };
}

/** False as well for what this page may not look into. */
function isEmpty({ contentWindow }: HTMLIFrameElement): boolean {
  try {
    return contentWindow?.location.href === 'about:blank';
  } catch {
    return false;
  }
}

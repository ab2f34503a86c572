/**
 * Calls `listener` whenever there is reason to look again at what waits: the network came back, the page is seen
 * again, or it goes on after the browser had frozen it. Returns how to stop that. Node has none of these.
 */
export function onWaking(listener: (reason: 'online' | 'seen') => void): () => void {
  const page = globalThis.document as Document | undefined;
  const online = () => listener('online');
  const seen = () => {
    if (page?.visibilityState !== 'hidden') listener('seen');
  };
  globalThis.addEventListener?.('online', online);
  globalThis.addEventListener?.('pageshow', seen);
  page?.addEventListener('visibilitychange', seen);
  page?.addEventListener('resume', seen);
  return () => {
    globalThis.removeEventListener?.('online', online);
    globalThis.removeEventListener?.('pageshow', seen);
    page?.removeEventListener('visibilitychange', seen);
    page?.removeEventListener('resume', seen);
  };
}

let underWay = 0;

/** Whether the page seems to be left only because a download is fetched; nobody is to be asked then. */
export const isFetchingDownload = (): boolean => underWay > 0;

/**
 * Sends the tab to an address whose answer is a download, so that it stays where it is. A plain navigation: Chromium
 * takes no `download` link to a service worker, and Firefox cuts what comes through a hidden frame.
 * @returns to be called once the answer has begun, or none is expected any more
 */
export function navigateTo(url: string): () => void {
  underWay++;
  location.assign(url);
  return () => void underWay--;
}

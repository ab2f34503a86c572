import './styles/tokens.css';
import './styles/base.css';
import { fetchConfigAhead } from './config.ts';
import { refuseStrayDrops } from './drops.ts';
import { showNotLoaded } from './not-loaded.ts';
import { isLinkAddress } from './route.ts';

/** A link gets the light page, everything else the owner's app; neither loads the other. */
async function main(root: HTMLElement): Promise<void> {
  const address = location.href;
  const isLink = isLinkAddress(address);
  // Before anything can fail: what stays in the address bar gets into histories, screenshots and bookmarks.
  // What is left says on a reload that the link is needed again.
  if (isLink) history.replaceState(null, '', '/#/open/');
  // It decides what else is needed, so it comes while the scripts do.
  fetchConfigAhead();
  refuseStrayDrops();
  // A link pasted into this tab's address bar changes the fragment alone.
  window.addEventListener('hashchange', () => {
    if (isLinkAddress(location.href)) location.reload();
  });
  try {
    if (isLink) {
      const { mountLink } = await import('./link/mount.tsx');
      mountLink(root, address);
    } else {
      const { mountOwner } = await import('./owner/mount.tsx');
      mountOwner(root);
    }
  } catch {
    showNotLoaded(root, () => startAnew(address));
  }
}

/**
 * Loads the page once more. Browsers keep in mind what they could not import, and a new release gives its parts other
 * names. Rejects where the site does not answer: a link's secret is then not put back into the address for nothing.
 */
async function startAnew(address: string): Promise<void> {
  await fetch('/', { cache: 'no-store' });
  history.replaceState(null, '', address);
  location.reload();
}

const root = document.getElementById('root');
if (root) void main(root);

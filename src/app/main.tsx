import './styles/tokens.css';
import './styles/base.css';
import { fetchConfigAhead } from './config.ts';
import { refuseStrayDrops } from './drops.ts';
import { isLinkAddress } from './route.ts';

/** A link gets the light page, everything else the owner's app; neither loads the other. */
async function main(root: HTMLElement): Promise<void> {
  // It decides what else is needed, so it comes while the scripts do.
  fetchConfigAhead();
  refuseStrayDrops();
  // A link pasted into this tab's address bar changes the fragment alone.
  window.addEventListener('hashchange', () => {
    if (isLinkAddress(location.href)) location.reload();
  });
  if (isLinkAddress(location.href)) {
    const { mountLink } = await import('./link/mount.tsx');
    mountLink(root, location.href);
  } else {
    const { mountOwner } = await import('./owner/mount.tsx');
    mountOwner(root);
  }
}

const root = document.getElementById('root');
if (root) void main(root);

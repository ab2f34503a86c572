import { formatBytes, formatCount, formatDuration, formatPercent, formatSpeed } from '../format.ts';

/** What both the sender's pages and the page that opens a link say. */
export const shared = {
  product: 'S3 Envelope',
  productLine: 'Files are locked in this browser before they leave it.',
  close: 'Close',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',
  done: 'Done',
  loading: 'One moment…',
  codeLabel: 'For support:',
  howItWorks: 'How this works',
  parts: (parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' · '),
  percent: formatPercent,
  speed: formatSpeed,
  size: formatBytes,
  count: formatCount,

  timeLeft(seconds: number | undefined): string | undefined {
    if (seconds === undefined || Number.isNaN(seconds)) return undefined;
    if (seconds < 10) return 'a few seconds left';
    const duration = formatDuration(seconds);
    return duration === undefined ? 'more than a day left' : `${duration} left`;
  },

  download: {
    preparing: 'Preparing',
    fetching: 'Fetching and unlocking',
    offline: 'Waiting for the network',
    verifying: 'Checking every byte',
    saving: 'Saving',
    done: 'Saved, checked',
    failed: 'Not saved',
    cancelled: 'Cancelled',
    cancelledHint: 'nothing was saved',
  },
} as const;

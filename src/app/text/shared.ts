import {
  formatBytes,
  formatBytesBefore,
  formatCount,
  formatDuration,
  formatPercent,
  formatSpeed,
} from '../format.ts';

/** What both the sender's pages and the page that opens a link say. */
export const shared = {
  product: 'S3 Envelope',
  productLine: 'Files are locked in this browser before they leave it.',
  close: 'Close',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  pause: 'Pause',
  resume: 'Go on',
  discard: 'Discard',
  dismiss: 'Dismiss',
  done: 'Done',
  preview: 'Preview',
  loading: 'One moment…',
  codeLabel: 'For support:',
  howItWorks: 'How this works',
  parts: (parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' · '),
  percent: formatPercent,
  speed: formatSpeed,
  size: formatBytes,
  count: formatCount,
  /** `5.1 of 8.1 GB`. */
  sizeOf: (part: number, whole: number) => `${formatBytesBefore(part, whole)} of ${formatBytes(whole)}`,

  timeLeft(seconds: number | undefined): string | undefined {
    if (seconds === undefined || Number.isNaN(seconds)) return undefined;
    if (seconds < 10) return 'a few seconds left';
    const duration = formatDuration(seconds);
    return duration === undefined ? 'more than a day left' : `${duration} left`;
  },

  download: {
    unfinished: 'Not finished',
    elsewhere: 'In another tab',
    elsewhereHint: 'it goes on there',
    preparing: 'Preparing',
    checking: 'Checking what is here already',
    fetching: 'Fetching',
    offline: 'Waiting for the network',
    paused: 'Paused',
    verifying: 'Checking every byte',
    saving: 'Saving',
    done: 'Saved, checked',
    failed: 'Not saved',
    cancelled: 'Cancelled',
    cancelledHint: 'nothing was saved',
    kept: (percent: string) => `${percent} is kept`,
    unkept: 'nothing was kept',
  },
  culprit: (name: string) => `It was ${name} that stopped the zip.`,
} as const;

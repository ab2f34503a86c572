import type { ReactNode } from 'react';

/** Line icons, 20 by 20, drawn with the text's colour; a word always stands beside them or names the button. */
const paths = {
  add: <path d="M10 4v12M4 10h12" />,
  folder: <path d="M2.5 5.5h5l1.8 2h8.2v8.5h-15z" />,
  download: <path d="M10 3v9.5m-4-4 4 4 4-4M4 16.5h12" />,
  share: (
    <path d="M8.2 11.8a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1m1.6 2.7a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1" />
  ),
  remove: <path d="M4 5.5h12M8 5.5v-2h4v2m-6.5 0 .7 11h7.6l.7-11M8.5 8.5v5m3-5v5" />,
  more: (
    <g fill="currentColor" stroke="none">
      <circle cx="4.5" cy="10" r="1.5" />
      <circle cx="10" cy="10" r="1.5" />
      <circle cx="15.5" cy="10" r="1.5" />
    </g>
  ),
  close: <path d="m5 5 10 10M15 5 5 15" />,
  search: <path d="M8.7 14a5.3 5.3 0 1 0 0-10.6 5.3 5.3 0 0 0 0 10.6zm3.9-1.4L17 17" />,
  refresh: <path d="M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5" />,
  keyboard: <path d="M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.7h7" />,
  clock: <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm0-11v4.2l2.8 1.7" />,
  seal: (
    <path d="M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zm0-9a2 2 0 0 1 .9 3.8l.5 2.2H8.6l.5-2.2A2 2 0 0 1 10 7.500z" />
  ),
  up: <path d="M10 16.500V4m-4.5 4.500L10 4l4.5 4.5" />,
  down: <path d="M10 3.500V16m-4.5-4.500L10 16l4.5-4.5" />,
  dots: <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7 10h.01M10 10h.01M13 10h.01" />,
  check: <path d="m4.5 10.5 3.7 3.7 7.3-8" />,
  away: (
    <path d="m3 3 14 14M2.5 8.200a11 11 0 0 1 3.2-2M9 5a11 11 0 0 1 8.5 3.200M5.2 11.200a7 7 0 0 1 3-1.700M12.5 9.900a7 7 0 0 1 2.3 1.300M10 15.200h.01" />
  ),
  alert: <path d="M10 3 2.5 16.500h15zM10 8v4m0 2.300h.01" />,
  help: (
    <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3m0 2.300h.01" />
  ),
  stop: <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.200l9.6 9.6" />,
  copy: <path d="M7.5 7.500h9v9h-9zM4.5 12.500h-1v-9h9v1" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: 16 | 20 }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={size === 16 ? 1.9 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {paths[name]}
    </svg>
  );
}

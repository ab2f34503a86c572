/** Line icons, 20 by 20, drawn with the text's colour; a word always stands beside them or names the button. */
const paths = {
  add: 'M10 4v12M4 10h12',
  folder: 'M2.5 5.5h5l1.8 2h8.2v8.5h-15z',
  eye: 'M2 10s3-5.500 8-5.500 8 5.500 8 5.500-3 5.500-8 5.500S2 10 2 10zm8 2.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z',
  before: 'm12.500 4-6 6 6 6',
  after: 'm7.500 4 6 6-6 6',
  download: 'M10 3v9.5m-4-4 4 4 4-4M4 16.5h12',
  share:
    'M8.2 11.8a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1m1.6 2.7a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1',
  remove: 'M4 5.5h12M8 5.5v-2h4v2m-6.5 0 .7 11h7.6l.7-11M8.5 8.5v5m3-5v5',
  more: 'M4.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM10 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM15.5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4z',
  close: 'm5 5 10 10M15 5 5 15',
  search: 'M8.7 14a5.3 5.3 0 1 0 0-10.6 5.3 5.3 0 0 0 0 10.6zm3.9-1.4L17 17',
  refresh: 'M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.7h7',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm0-11v4.2l2.8 1.7',
  seal: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zm0-9a2 2 0 0 1 .9 3.8l.5 2.2H8.6l.5-2.2A2 2 0 0 1 10 7.500z',
  up: 'M10 16.500V4m-4.5 4.500L10 4l4.5 4.5',
  down: 'M10 3.500V16m-4.5-4.500L10 16l4.5-4.5',
  dots: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7 10h.01M10 10h.01M13 10h.01',
  check: 'm4.5 10.5 3.7 3.7 7.3-8',
  away: 'm3 3 14 14M2.5 8.200a11 11 0 0 1 3.2-2M9 5a11 11 0 0 1 8.5 3.200M5.2 11.200a7 7 0 0 1 3-1.700M12.5 9.900a7 7 0 0 1 2.3 1.300M10 15.200h.01',
  alert: 'M10 3 2.5 16.500h15zM10 8v4m0 2.300h.01',
  help: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3m0 2.300h.01',
  pause: 'M7 4.500v11M13 4.500v11',
  play: 'M6.500 4.200v11.600l9-5.800z',
  stop: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.200l9.6 9.6',
  tab: 'M2.5 4h15v12h-15zM2.5 8h15M5.2 6h.01M7.6 6h.01',
  copy: 'M7.5 7.500h9v9h-9zM4.5 12.500h-1v-9h9v1',
} as const;

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
      <path d={paths[name]} />
    </svg>
  );
}

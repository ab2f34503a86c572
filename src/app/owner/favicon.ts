/** What the tab's icon tells. */
export type Sign =
  | { readonly kind: 'plain' }
  /** A ring that fills; `mark` is in its middle. */
  | { readonly kind: 'ring'; readonly mark: 'moving' | 'paused' | 'attention'; readonly progress: number }
  | { readonly kind: 'attention' };

/** Seen on light and on dark tabs. */
const wax = '#c0392f';
const amber = '#e39a14';
const ink = '#26221c';
const paper = '#fdfbf6';
const radius = 12.5;
const round = 2 * Math.PI * radius;
/** The ring grows in steps that an eye sees at this size. */
const steps = 20;

const marks = {
  moving: `<circle cx="16" cy="16" r="5" fill="${wax}"/>`,
  paused: `<path d="M13 11v10M19 11v10" stroke="${wax}" stroke-width="3.5"/>`,
  attention: `<path d="M16 9.5v8m0 4v1" stroke="${ink}" stroke-width="4" stroke-linecap="round"/>`,
};

/** The icon as a `data:` address, which `img-src` allows; undefined for the one that the page came with. */
export function faviconOf(sign: Sign): string | undefined {
  if (sign.kind === 'plain') return undefined;
  const body =
    sign.kind === 'attention'
      ? `<circle cx="16" cy="16" r="15" fill="${amber}"/><path d="M16 8v10M16 23v1" stroke="${ink}" stroke-width="4" stroke-linecap="round"/>`
      : `${ring(sign.progress)}${marks[sign.mark]}`;
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${body}</svg>`)}`;
}

function ring(progress: number): string {
  const length = (Math.round(progress * steps) / steps) * round;
  const circle = `<circle cx="16" cy="16" r="${radius}" stroke-width="5"`;
  return `${circle} fill="${paper}" stroke="#b9b1a4"/>${circle} fill="none" stroke="${wax}" stroke-dasharray="${length.toFixed(1)} 99" transform="rotate(-90 16 16)"/>`;
}

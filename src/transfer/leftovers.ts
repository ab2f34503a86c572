import type { Journal, Unfinished } from './journal.ts';
import type { PageLock } from './page-lock.ts';

export interface Watcher {
  /** Work of pages that are gone, which is this page's now. */
  readonly onTaken: (entries: readonly Unfinished[]) => void;
  /** All that other living pages work on, whenever that may have changed. */
  readonly onElsewhere: (entries: readonly Unfinished[]) => void;
}

/** Milliseconds between looks at what another page works on. */
const pause = 3000;

/** Takes over what earlier pages have left behind, and what other pages leave behind when they go. Never rejects. */
export async function watchLeftovers(
  journal: Journal,
  place: string,
  lock: PageLock,
  { onTaken, onElsewhere }: Watcher,
): Promise<void> {
  const watched = new Set<string>();

  async function take(page: string): Promise<void> {
    const taken = await journal.claim(place, page, lock.page);
    if (taken.length > 0) onTaken(taken);
  }

  async function look(): Promise<void> {
    const living = await lock.living();
    const others = (await journal.list(place)).filter((entry) => entry.page !== lock.page);
    for (const page of new Set(others.map((entry) => entry.page))) {
      if (!living.has(page)) await take(page);
      else if (!watched.has(page)) {
        watched.add(page);
        void lock.gone(page).then(look, () => {});
      }
    }
    const elsewhere = others.filter((entry) => living.has(entry.page));
    onElsewhere(elsewhere);
    if (elsewhere.length > 0) setTimeout(() => void look().catch(() => {}), pause);
  }

  await look().catch(() => {});
}

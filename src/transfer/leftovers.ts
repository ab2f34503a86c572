import type { Journal } from './journal.ts';
import type { PageLock } from './page-lock.ts';
import type { Unfinished } from './unfinished.ts';

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
  /** Of other pages, as it was read: what they are at is read once, however often it is looked at. */
  let known = new Map<string, Unfinished>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function take(page: string): Promise<void> {
    for (;;) {
      const taken = await journal.claim(place, page, lock.page);
      if (taken.length === 0) return;
      onTaken(taken);
    }
  }

  async function workOf(pages: readonly string[]): Promise<readonly Unfinished[]> {
    const ids = (await Promise.all(pages.map((page) => journal.idsOf(place, page)))).flat();
    if (ids.some((id) => !known.has(id))) {
      known = new Map((await journal.list(place)).map((entry) => [entry.id, entry]));
    }
    return ids.flatMap((id) => known.get(id) ?? []);
  }

  async function look(): Promise<void> {
    // A page lives before it has work: whoever has some, and is not among the living after that, is gone.
    const others = (await journal.pages(place)).filter((page) => page !== lock.page);
    const living = await lock.living();
    for (const page of others) {
      if (!living.has(page)) await take(page);
      else if (!watched.has(page)) {
        watched.add(page);
        void lock.gone(page).then(lookAgain, () => {});
      }
    }
    const there = others.filter((page) => living.has(page));
    onElsewhere(await workOf(there));
    clearTimeout(timer);
    if (there.length > 0) timer = setTimeout(lookAgain, pause);
  }

  function lookAgain(): void {
    void look().catch(() => {});
  }

  await look().catch(() => {});
}

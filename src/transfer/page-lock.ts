/*
 * Which page works on what: each page holds a Web Lock under a name of its own for as long as it lives, and marks
 * its work with that name. Work of a page whose lock nobody holds any more may be taken over.
 */

const prefix = 's3-envelope page ';

export interface PageLock {
  /** This page's name. */
  readonly page: string;
  /** Names of the pages that live, this one included. */
  living(): Promise<ReadonlySet<string>>;
  /** Resolves when that page is gone. */
  gone(page: string): Promise<void>;
}

/** @returns undefined where the browser has no Web Locks: nothing can then be taken over */
export async function lockPage(): Promise<PageLock | undefined> {
  const { locks } = navigator;
  if (!locks) return undefined;
  const page = crypto.randomUUID();
  await new Promise<void>((held, reject) => {
    locks.request(prefix + page, () => new Promise<never>(() => held())).catch(reject);
  });
  return {
    page,
    async living() {
      const { held = [] } = await locks.query();
      return new Set(
        held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
      );
    },
    async gone(other) {
      await locks.request(prefix + other, { mode: 'shared' }, () => {});
    },
  };
}

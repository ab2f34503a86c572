/** Visitors in WebKit, whose complaints fail the test as those of Playwright's pages do. */
import { test as base, expect } from '../fixtures.ts';
import { arrive, type Visitor } from './visitor.ts';

interface Fixtures {
  /** A browser that has never been anywhere. */
  newcomer: () => Promise<Visitor>;
  visitor: Visitor;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
  newcomer: async ({}, use) => {
    const visitors: Visitor[] = [];
    await use(async () => {
      const visitor = await arrive();
      visitors.push(visitor);
      return visitor;
    });
    const complaints = await Promise.all(visitors.map((visitor) => visitor.complaints()));
    for (const visitor of visitors) await visitor.close();
    expect(complaints.flat(), 'what the pages complained about').toEqual([]);
  },

  visitor: async ({ newcomer }, use) => use(await newcomer()),
});

export { expect };

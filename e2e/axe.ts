/** Accessibility checks of a whole page with axe-core, all rules. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';
import type axe from 'axe-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails with each violated rule and where, unless there is none. */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated by the driver, which the page's CSP does not bind; a script element would be refused.
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const found = violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${violation.help}: ${node.target.join(' ')}\n${node.failureSummary}`,
    ),
  );
  expect(found, 'accessibility violations').toEqual([]);
}

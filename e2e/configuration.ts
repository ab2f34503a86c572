/** Another `config.json` than the cloud's own. */
import type { Page } from '@playwright/test';

export type Config = Readonly<Record<string, unknown>>;

/** From the next load of the page on. */
export async function changeConfig(page: Page, change: (config: Config) => Config): Promise<void> {
  await page.route('**/config.json', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Config) });
  });
}

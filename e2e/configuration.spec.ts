import { changeConfig } from './configuration.ts';
import { expect, test } from './fixtures.ts';
import { button, expectError, owner, shared } from './steps.ts';

test('settings that can not be had, and a second try', async ({ page, complaints }) => {
  complaints.allow(/ERR_FAILED|404|503/);
  let answer: number | undefined;
  await page.route('**/config.json', (route) =>
    answer === undefined
      ? route.abort()
      : answer === 200
        ? route.continue()
        : route.fulfill({ status: answer }),
  );
  await page.goto('/');
  for (answer of [undefined, 404, 503]) {
    await page.reload();
    await expectError(page, 'config-unreadable');
    await expect(page.getByRole('radio')).toHaveCount(0);
  }
  answer = 200;
  await button(page, shared.tryAgain).click();
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
});

test('settings that are no JSON', async ({ page }) => {
  await page.route('**/config.json', (route) => route.fulfill({ status: 200, body: '{"region": ' }));
  await page.goto('/');
  await expectError(page, 'config-invalid', { field: 'config.json' });
  await expect(page.getByRole('main')).toContainText('It should be JSON.');
});

for (const [field, wrong] of [
  ['version', { version: 2 }],
  ['region', { region: 'Frankfurt' }],
  ['bucket', { bucket: 'Not A Bucket' }],
  ['s3Endpoint', { s3Endpoint: 'http://s3.example' }],
  ['credentials', { credentials: undefined }],
  ['credentials.identityPoolId', { credentials: { kind: 'cognito-guest', identityPoolId: '' } }],
  ['kms.keyId', { kms: { keyId: 'my key', label: 'x' } }],
  ['links.path', { links: { kind: 'path', path: 'https://elsewhere.example/', days: 30 } }],
  ['links.days', { links: { kind: 'path', path: '/shared/', days: 0.5 } }],
] as const) {
  test(`a mistake in the settings is named: ${field}`, async ({ page }) => {
    await changeConfig(page, (config) => ({ ...config, ...wrong }));
    await page.goto('/');
    await expectError(page, 'config-invalid', { field });
    await expect(page.getByRole('main')).toContainText(`“${field}”`);
    await expect(page.getByRole('main')).toContainText('It should be ');
  });
}

test('a browser that is too old is told so', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(AbortSignal, 'any'));
  for (const path of ['', `#/open/${'A'.repeat(48)}`]) {
    await page.goto(`/${path}`);
    await expectError(page, 'browser-outdated');
    await page.goto('about:blank');
  }
});

test('a page over plain http says that it needs https', async ({ page, cloud, complaints }) => {
  // Chromium tells that it ignores a header there, and what it does not load.
  complaints.allow(/Cross-Origin-Opener-Policy header has been ignored/);
  await page.route('http://files.example/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: new URL(pathname, cloud.info.appUrl).href }) });
  });
  for (const path of ['', `#/open/${'A'.repeat(48)}`]) {
    await page.goto(`http://files.example/${path}`);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await expectError(page, 'insecure-context');
    await expect(page.getByRole('main')).toContainText('https://');
    expect(page.url()).not.toContain('AAAA');
    await page.goto('about:blank');
  }
});

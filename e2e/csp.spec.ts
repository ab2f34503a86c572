import { expect, test } from './fixtures.ts';
import { firstVisit, randomFile, share, upload } from './steps.ts';

test('every answer of the host has the strict headers', async ({ page, cloud }) => {
  const answers = new Map<string, Readonly<Record<string, string>>>();
  page.on('response', (response) => {
    if (response.url().startsWith(cloud.info.appUrl)) answers.set(response.url(), response.headers());
  });
  await firstVisit(page);
  expect(answers.size).toBeGreaterThan(4);
  for (const [url, headers] of answers) {
    expect(headers, url).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = policyOf(headers['content-security-policy']);
    expect(policy.get('default-src'), url).toEqual(["'none'"]);
    expect(policy.get('script-src'), url).toEqual(["'self'"]);
    expect(policy.get('style-src'), url).toEqual(["'self'"]);
    expect(policy.get('frame-ancestors'), url).toEqual(["'none'"]);
    expect(policy.get('frame-src'), url).toEqual(["'self'", 'blob:']);
    expect(policy.get('base-uri'), url).toEqual(["'none'"]);
    expect(policy.get('form-action'), url).toEqual(["'none'"]);
    const { endpoint } = cloud.info;
    expect(new Set(policy.get('connect-src')), url).toEqual(new Set(["'self'", endpoint]));
    expect([...policy.values()].flat().filter((source) => /unsafe|\*|^https?:$/.test(source))).toEqual([]);
  }
});

test('what strangers stored is never a page of this site', async ({ page, request }) => {
  await firstVisit(page);
  await upload(page, randomFile('offer.html', 100));
  const manifest = page.waitForRequest((sent) => new URL(sent.url()).pathname.endsWith('/manifest'));
  await share(page, 'offer.html');
  const path = new URL((await manifest).url()).pathname.replace(/^\/[^/]+/, '');
  const answer = await request.get(path);
  expect(answer.status()).toBe(200);
  expect(answer.headers()).toMatchObject({
    'content-disposition': 'attachment',
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  expect(answer.headers()['content-security-policy']).toContain('sandbox');
});

test('the app can not be framed', async ({ page, cloud, complaints }) => {
  complaints.allow(/frame|ERR_BLOCKED_BY_RESPONSE|favicon/i);
  await page.route('http://framer.example/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>framer</title><iframe src="${cloud.info.appUrl}"></iframe>`,
    }),
  );
  await page.goto('http://framer.example/');
  const frame = page.frames().find((each) => each !== page.mainFrame());
  await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
  await expect(page.frameLocator('iframe').getByRole('heading')).toHaveCount(0);
});

test('a script that somebody slipped in does not run', async ({ page, complaints }) => {
  complaints.allow(/CSP violation: script-src|Content Security Policy/);
  await page.goto('/');
  const violated = page.evaluate(
    () =>
      new Promise((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken over"';
        document.body.append(script);
      }),
  );
  expect(await violated).toBe('script-src-elem');
  await expect(page).not.toHaveTitle('taken over');
});

function policyOf(header = ''): ReadonlyMap<string, readonly string[]> {
  return new Map(
    header.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { everyEngine, expect, test } from './fixtures.ts';
import { appearances } from './secrets.ts';
import {
  button,
  downloadFrom,
  expectError,
  firstVisit,
  link,
  openAndSave,
  randomFile,
  readDownload,
  share,
  shared,
  upload,
} from './steps.ts';
import { intercept, record, s3 } from './traffic.ts';

const file = randomFile('offer.pdf', 200_000);

test('a link opens in a browser that has never seen the app', { tag: everyEngine }, async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);

  const visitor = await newVisitor();
  await visitor.goto(url);
  await expect(visitor.getByRole('listitem', { name: file.name })).toContainText('200.0 kB');
  // To save it, and to look at it first.
  await expect(visitor.getByRole('main').getByRole('button')).toHaveText([link.openAndSave, shared.preview]);
  const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(delivered.suggestedFilename()).toBe(file.name);
  expect(await readDownload(delivered)).toEqual(file.buffer);
  await expect(visitor.getByText(link.saved)).toBeVisible();

  // A second time, from the same page.
  const again = await downloadFrom(visitor, () => button(visitor, link.saveAgain).click());
  expect(await readDownload(again)).toEqual(file.buffer);
});

test('the secret of a link stays in the link', async ({ page, newVisitor }) => {
  const visitor = await newVisitor();
  const said: string[] = [];
  const sent = [page, visitor].map((each) => {
    each.context().on('console', (message) => said.push(message.text()));
    return record(each.context());
  });
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);
  const token = tokenOf(url);

  await visitor.goto(url);
  await downloadFrom(visitor, () => openAndSave(visitor).click());
  await expect(visitor.getByText(link.saved)).toBeVisible();

  expect(new URL(visitor.url()).hash).toBe('#/open/');
  const secret = Buffer.from(token, 'base64url').subarray(0, 32);
  const places: Record<string, readonly string[]> = {
    requests: (await Promise.all(sent.map((each) => each.sent()))).flat(),
    console: said,
    'what the sender keeps': await kept(page),
    'what the visitor keeps': await kept(visitor),
  };
  expect(places['requests']?.some((request) => request.includes('/shared/'))).toBe(true);
  for (const [place, texts] of Object.entries(places)) {
    for (const text of texts) expect(appearances(secret, Buffer.from(text)), place).toEqual([]);
  }
  // A reload has nothing to open any more, and asks for the link.
  await visitor.reload();
  await expectError(visitor, 'link-missing-secret');
});

test('a link that is wrong says what is wrong with it', async ({ page, newVisitor, cloud, complaints }) => {
  await firstVisit(page);
  await upload(page, file);
  const administrator = administratorOf(cloud);
  const others = await administrator.keys('shared/');
  const url = await share(page, file.name);
  const token = tokenOf(url);
  const before = url.slice(0, -token.length);
  const visitor = await newVisitor();

  await visitor.goto(before + withOneCharacterChanged(token));
  await expectError(visitor, 'link-damaged');
  await expect(openAndSave(visitor)).toHaveCount(0);

  await visitor.goto(before + token.slice(0, -5));
  await expectError(visitor, 'link-incomplete');

  await visitor.goto('about:blank');
  await visitor.goto(before);
  await expectError(visitor, 'link-missing-secret');

  // What a sentence puts behind a link does no harm.
  await visitor.goto(`${url}).`);
  await expect(openAndSave(visitor)).toBeVisible();

  const mine = (await administrator.keys('shared/')).filter((key) => !others.includes(key));
  const manifests = mine.filter((key) => key.endsWith('/manifest'));
  expect(manifests).toHaveLength(1);
  for (const key of manifests) await administrator.remove(key);
  // Chromium reports every refused request by itself.
  complaints.allow(/Failed to load resource.*40[34]/);
  await visitor.goto(url);
  await expectError(visitor, 'link-gone');
});

test('a link is made where an answer is lost, and opens once the network is back', async ({
  page,
  newVisitor,
  complaints,
}) => {
  complaints.allow(/Failed to load resource.*(ERR_CONNECTION_RESET|412|503|ERR_INTERNET_DISCONNECTED)/);
  await firstVisit(page);
  await upload(page, file);
  // S3 has the manifest, and nobody hears of it.
  await intercept(page, s3.put, async (route, call) => {
    if (call > 1) return route.continue();
    await route.fetch();
    await route.abort('connectionreset');
  });
  const url = await share(page, file.name);

  const visitor = await newVisitor();
  await intercept(visitor, s3.head, async (route, call) => {
    if (call > 1) return route.continue();
    await visitor.context().setOffline(true);
    await route.fulfill({ status: 503 });
  });
  await visitor.goto(url);
  await expect(visitor.getByText(shared.download.offline)).toBeVisible();
  await visitor.context().setOffline(false);
  const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(await readDownload(delivered)).toEqual(file.buffer);
});

test('a link whose # was made %23 opens, and says what that means', async ({
  page,
  newVisitor,
  complaints,
}) => {
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);
  // The host answers with the app, and with 404.
  complaints.allow(/Failed to load resource.*404.*%(25)?23/);
  for (const mangled of ['%23/open/', '%2523/open/', '%23%2Fopen%2F']) {
    const visitor = await newVisitor();
    await visitor.goto(url.replace('#/open/', mangled));
    await expect(visitor.getByText(link.mangledTitle)).toBeVisible();
    expect(visitor.url()).not.toContain(tokenOf(url));
    const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
    expect(await readDownload(delivered)).toEqual(file.buffer);
  }
});

test('a link whose slashes were made %2F opens, and leaves the address', async ({ page, newVisitor }) => {
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);
  const visitor = await newVisitor();
  await visitor.goto(url.replace('#/open/', '#%2Fopen%2F'));
  await expect(openAndSave(visitor)).toBeVisible();
  expect(visitor.url()).not.toContain(tokenOf(url));
});

test('a link that is pasted into an open tab opens there', async ({ page, newVisitor }) => {
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);
  const visitor = await newVisitor();
  await visitor.goto('/');
  await visitor.goto(url); // changes the fragment alone
  await expect(openAndSave(visitor)).toBeVisible();
  expect(visitor.url()).not.toContain(tokenOf(url));
});

test('the page of a link loads at most 100 kB of JavaScript, and no AWS SDK', async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);

  const visitor = await newVisitor();
  const scripts = new Map<string, Promise<Buffer>>();
  visitor.context().on('response', (response) => {
    if (/javascript/.test(response.headers()['content-type'] ?? ''))
      scripts.set(response.url(), response.body());
  });
  await visitor.goto(url);
  await expect(openAndSave(visitor)).toBeVisible();
  const first = [...scripts.values()];
  await downloadFrom(visitor, () => openAndSave(visitor).click());
  await expect(visitor.getByText(link.saved)).toBeVisible();

  expect([...scripts.keys()].filter((script) => /\/aws-[^/]*$/.test(script))).toEqual([]);
  const bodies = await Promise.all(scripts.values());
  expect(bodies.filter((body) => body.includes('x-amz-security-token'))).toEqual([]);
  const total = (await Promise.all(first)).reduce(
    (sum, body) => sum + gzipSync(body, { level: 9 }).length,
    0,
  );
  expect(total).toBeGreaterThan(10_000);
  expect(total).toBeLessThanOrEqual(100_000);
});

function tokenOf(url: string): string {
  const token = url.slice(url.lastIndexOf('/') + 1);
  expect(token).toMatch(/^[\w-]{48}$/);
  return token;
}

function withOneCharacterChanged(token: string): string {
  return (token.startsWith('A') ? 'B' : 'A') + token.slice(1);
}

/** Everything a page leaves in its browser, its title, its address and its history's state. */
function kept(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const found = [document.title, location.href, document.cookie, JSON.stringify(history.state)];
    for (const storage of [localStorage, sessionStorage]) found.push(JSON.stringify({ ...storage }));
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        const values = await new Promise<unknown[]>((resolve, reject) => {
          all.onsuccess = () => resolve(all.result);
          all.onerror = () => reject(all.error);
        });
        found.push(JSON.stringify(values));
      }
      database.close();
    }
    for (const name of await caches.keys()) found.push(name);
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        found.push(name);
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle);
      }
    };
    await walk(await navigator.storage.getDirectory());
    return found;
  });
}

/** The app where browsers get no credentials: an access code, and URLs that a presign endpoint signs. */
import type { Request } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { changeConfig } from './configuration.ts';
import { expect, test } from './fixtures.ts';
import { moveTo, player, wav } from './player.ts';
import {
  add,
  button,
  choose,
  deliverBy,
  dialog,
  download,
  downloadFrom,
  enter,
  expectError,
  expectFilesScreen,
  expectStored,
  list,
  MiB,
  makeKey,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  reload,
  restore,
  row,
  rowButton,
  sha256,
  share,
  shared,
  signIn,
  state,
  storeAs,
  textFile,
  upload,
} from './steps.ts';
import { from, hold, intercept, record, s3, spy } from './traffic.ts';
import { entriesOf } from './zip-entries.ts';

const empty = randomFile('empty.txt', 0);
const odd = randomFile('odd.bin', 5 * MiB + 3);
const large = randomFile('film.mp4', 30 * MiB);
/** Three parts. */
const parted = randomFile('talk.mp4', 17 * MiB);

test('who is signed in is said, and signing out forgets the code', async ({ page, newCloud }) => {
  const cloud = await newCloud({ signIn: 'token' });
  await enter(page, cloud);
  const top = page.getByRole('navigation', { name: shared.product });
  await expect(top.getByText('ada@example.com')).toBeVisible();
  await top.getByRole('button', { name: owner.keyChip.personal }).click();
  const about = dialog(page, owner.key.personalTitle);
  await expect(about).toContainText(`${owner.key.account}ada@example.com`);
  await button(about, owner.key.signOut).click();
  await expect(page.getByRole('heading', { name: owner.signIn.title })).toBeVisible();
});

test('files go in, come back whole, are shared and deleted', async ({ page, newCloud, newVisitor }) => {
  const cloud = await newCloud({ signIn: 'token' });
  const administrator = administratorOf(cloud);
  const sent = record(page.context());
  const scripts: string[] = [];
  page.on('response', async (response) => {
    if (/\.js$/.test(new URL(response.url()).pathname)) scripts.push(await response.text().catch(() => ''));
  });
  const batches: number[] = [];
  page.on('request', (request) => {
    if (!request.url().endsWith('/_presign/sign')) return;
    batches.push((JSON.parse(request.postData() ?? '') as { requests: unknown[] }).requests.length);
  });
  const { identityId } = await enter(page, cloud);
  expect(identityId).toBe('');
  await add(page, empty, odd, large);
  for (const { name } of [empty, odd, large]) await expectStored(page, name, 60_000);
  const keys = await administrator.keys('files/');
  expect(keys).toHaveLength(3);

  // A reload asks for the code again, and nothing else: the key is still here, the code is nowhere.
  expect(
    await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
  ).not.toContain(cloud.info.presignToken);
  await page.reload();
  await expect(page.getByRole('heading', { name: owner.signIn.title })).toBeVisible();
  await signIn(page, cloud.info.presignToken);
  await expectFilesScreen(page);
  for (const { name, buffer } of [empty, odd, large]) {
    await expect(row(page, name)).toBeVisible();
    expect(sha256(await readDownload(await download(page, name)))).toBe(sha256(buffer));
  }

  const url = await share(page, odd.name);
  const visitor = await newVisitor();
  await visitor.goto(url);
  const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(sha256(await readDownload(delivered))).toBe(sha256(odd.buffer));

  await rowButton(page, owner.row.remove, large.name).click();
  await button(dialog(page), owner.remove.confirm).click();
  await expect(row(page, large.name)).toHaveCount(0);
  expect(await administrator.keys('files/')).toHaveLength(2);
  expect(await administrator.openUploads()).toEqual([]);

  // Signed just in time, a few at once.
  expect(batches.length).toBeGreaterThan(3);
  expect(Math.max(...batches)).toBeLessThanOrEqual(4);
  // The code goes to the endpoint alone, and the AWS SDK to nobody.
  const carriers = (await sent.sent()).filter((request) => request.includes(cloud.info.presignToken));
  expect(carriers.length).toBeGreaterThan(0);
  for (const request of carriers) expect(request).toMatch(/^\w+\nhttp:\/\/[\d.:]+\/_presign\//);
  expect(scripts.length).toBeGreaterThan(2);
  for (const script of scripts) expect(script).not.toMatch(/CognitoIdentity|aws-sdk-js/);
});

test('a wrong code is refused, and asked for again', async ({ page, newCloud, complaints }) => {
  complaints.allow(/401/);
  const cloud = await newCloud({ signIn: 'token' });
  await page.goto(cloud.info.appUrl);
  for (const wrong of ['not-a-code', 'nicht möglich', cloud.info.presignToken.slice(1)]) {
    await signIn(page, wrong);
    await expectError(page, 'sign-in-refused', { signIn: 'token' });
    await expect(page.getByLabel(owner.signIn.label, { exact: true })).toBeFocused();
  }
  await signIn(page, ` ${cloud.info.presignToken} `);
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
  await expect(page.getByRole('radio', { name: owner.welcome.kms })).toHaveCount(0);
});

test('a code that ends in the middle is asked for, and the upload goes on', async ({
  page,
  newCloud,
  complaints,
}) => {
  complaints.allow(/401/);
  const cloud = await newCloud({ signIn: 'token' });
  await enter(page, cloud);
  const parts = await hold(page, s3.part, 2);
  await add(page, parted);
  await parts.arrived;
  const next = cloud.renewToken();
  parts.release();

  const again = dialog(page, owner.signIn.againTitle);
  await expect(again).toBeVisible();
  await expect(row(page, parted.name).locator('.error')).toHaveCount(0);
  // The old one is no good, and somebody else's leads to somebody else's files.
  await signIn(again, cloud.info.presignToken);
  await expectError(again, 'sign-in-refused', { signIn: 'token' });
  await signIn(again, cloud.info.otherPresignToken);
  await expectError(again, 'sign-in-refused', { signIn: 'token', reason: 'other-person' });
  await signIn(again, next);
  await expect(again).toBeHidden();
  await expectStored(page, parted.name);
  expect(sha256(await readDownload(await download(page, parted.name)))).toBe(sha256(parted.buffer));

  // Nobody has to: what needs the code then fails, and can be tried again.
  const last = cloud.renewToken();
  await button(page, owner.list.refresh).click();
  await button(again, owner.signIn.later).click();
  await expect(again).toBeHidden();
  await expectError(page, 'sign-in-refused', { signIn: 'token' });
  await button(page, shared.tryAgain).click();
  await signIn(again, last);
  await expect(again).toBeHidden();
  await expect(list(page)).toBeVisible();
  // Before the cloud, which it goes on asking.
  await page.close();
});

test('URLs that end on the way are asked for once more', async ({ page, newCloud, complaints }) => {
  complaints.allow(/403/);
  const cloud = await newCloud({ signIn: 'token', presignedSeconds: 6 });
  await enter(page, cloud);
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(response.request().method());
  });
  // The second part and the second range leave when their time is up.
  for (const kind of [s3.part, s3.read]) {
    await intercept(page, kind, async (route, call) => {
      if (call === 2) await untilEnded(route.request().url());
      await route.continue().catch(() => {});
    });
  }
  await add(page, parted);
  await expectStored(page, parted.name, 60_000);
  expect(refused).toEqual(['PUT']);
  expect(sha256(await readDownload(await download(page, parted.name, 60_000)))).toBe(sha256(parted.buffer));
  expect(refused).toEqual(['PUT', 'GET']);
});

/** By what the URL itself says of its time. */
async function untilEnded(url: string): Promise<void> {
  const { searchParams } = new URL(url);
  const [date, life] = [searchParams.get('X-Amz-Date') ?? '', Number(searchParams.get('X-Amz-Expires'))];
  const signed = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
  await new Promise((resolve) => setTimeout(resolve, signed + 1000 * (life + 1) - Date.now()));
}

test('cancelling leaves no part and no object', async ({ page, newCloud }) => {
  const cloud = await newCloud({ signIn: 'token' });
  const administrator = administratorOf(cloud);
  await enter(page, cloud);
  const parts = await hold(page, s3.part, 2);
  await add(page, parted);
  await parts.arrived;
  expect(await administrator.openUploads()).toHaveLength(1);
  await rowButton(page, shared.cancel, parted.name).click();
  await expect(state(row(page, parted.name), owner.upload.cancelled)).toBeVisible();
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys('files/')).toEqual([]);
});

test('a message streams, is paused, and goes on by URLs of its own', async ({ page, newCloud }) => {
  const cloud = await newCloud({ signIn: 'token' });
  await storeAs(page, 'esdk');
  await deliverBy(page, 'stream');
  await enter(page, cloud);
  await upload(page, parted);
  const [key = ''] = await administratorOf(cloud).keys('files/');
  expect((await administratorOf(cloud).get(key)).metadata).toHaveProperty('s3-envelope-header');

  const reads = await hold(page, s3.read, 3);
  const delivered = await download(page, parted.name);
  await reads.arrived;
  await rowButton(page, owner.row.pauseDownload, parted.name).click();
  await expect(state(row(page, parted.name), shared.download.paused)).toBeVisible();
  reads.release();
  await rowButton(page, owner.row.resumeDownload, parted.name).click();
  expect(new URL(delivered.url()).pathname).toMatch(/^\/dl\/[\w-]{36}$/);
  expect(sha256(await readDownload(delivered))).toBe(sha256(parted.buffer));
  await expect(state(row(page, parted.name), shared.download.done)).toBeVisible();
});

test('a download goes on after a reload, with the code entered again', async ({ page, newCloud }) => {
  page.on('dialog', (question) => question.accept()); // "Leave site?"
  const cloud = await newCloud({ signIn: 'token' });
  await deliverBy(page, 'staging');
  await enter(page, cloud);
  await upload(page, parted);
  const reads = await hold(page, (request) => s3.read(request) && !from(0)(request));
  await rowButton(page, owner.row.download, parted.name).click();
  await reads.arrived;
  // The first of three ranges has arrived.
  const progress = row(page, parted.name).getByRole('progressbar');
  await expect.poll(() => progress.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(45);
  await rowButton(page, owner.row.pauseDownload, parted.name).click();
  await expect(state(row(page, parted.name), shared.download.paused)).toBeVisible();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await reload(page, cloud);

  const asked = await spy(page, from(0));
  const delivered = downloadFrom(page, () => rowButton(page, owner.row.resumeDownload, parted.name).click());
  expect(sha256(await readDownload(await delivered))).toBe(sha256(parted.buffer));
  expect(asked).toEqual([]);
});

test('files of both formats come as one zip', async ({ page, newCloud }) => {
  const cloud = await newCloud({ signIn: 'token' });
  await deliverBy(page, 'staging');
  await enter(page, cloud);
  await upload(page, odd);
  await storeAs(page, 'esdk');
  await reload(page, cloud);
  await upload(page, parted);
  await row(page, odd.name).focus();
  await page.keyboard.press('ControlOrMeta+a');
  const zip = await downloadFrom(page, () => button(page, owner.selection.zip).click());
  expect(entriesOf(await readDownload(zip))).toEqual({
    [odd.name]: sha256(odd.buffer),
    [parted.name]: sha256(parted.buffer),
  });
});

test('text and sound are looked at before they are saved', async ({ page, newCloud }) => {
  const cloud = await newCloud({ signIn: 'token' });
  const note = textFile('note.txt', 'a few words');
  const tape = { name: 'tape.wav', mimeType: 'audio/wav', buffer: wav(12 * MiB) };
  await enter(page, cloud);
  await upload(page, note);
  await storeAs(page, 'esdk');
  await reload(page, cloud);
  await upload(page, tape);

  await rowButton(page, shared.preview, note.name).click();
  await expect(dialog(page, note.name)).toContainText('a few words');
  await page.keyboard.press('Escape');
  await rowButton(page, shared.preview, tape.name).click();
  const seconds = tape.buffer.length / 16_000;
  await expect.poll(() => player(page, (audio) => audio.duration)).toBeCloseTo(seconds, 0);
  await moveTo(page, seconds - 20);
  await expect.poll(() => player(page, (audio) => !audio.seeking && audio.readyState >= 3)).toBe(true);
});

test('a key file is good in both ways in', async ({ page, newCloud, newVisitor }) => {
  const cloud = await newCloud({ signIn: 'token' });
  const { fileName, text, fingerprint } = await enter(page, cloud);
  await upload(page, odd);
  const elsewhere = await newVisitor({ baseURL: cloud.info.appUrl });
  await elsewhere.goto('/');
  await signIn(elsewhere, cloud.info.presignToken);
  const file = { name: fileName, mimeType: 'application/json', buffer: Buffer.from(text) };
  await elsewhere.getByRole('radio', { name: owner.welcome.restore }).check();
  await choose(elsewhere, () => button(elsewhere, owner.welcome.chooseKeyFile).click(), [file]);
  await expectFilesScreen(elsewhere);
  expect(sha256(await readDownload(await download(elsewhere, odd.name)))).toBe(sha256(odd.buffer));

  const guests = await newCloud();
  const guest = await newVisitor({ baseURL: guests.info.appUrl });
  await restore(guest, file);
  await expectFilesScreen(guest);
  await upload(guest, odd);
  const [key] = await administratorOf(guests).keys('files/');
  const { metadata } = await administratorOf(guests).get(key ?? '');
  expect(JSON.stringify(metadata)).toContain(fingerprint);
});

test('by cookie nobody is asked for a code', async ({ page, newCloud, complaints }) => {
  complaints.allow(/401/);
  const cloud = await newCloud({ signIn: 'cookie' });
  // On the endpoint's own site, as cookies need it.
  const address = cloud.info.appUrl.replace('localhost', '127.0.0.1');
  await page.goto(address);
  await expectError(page, 'sign-in-refused', { signIn: 'cookie' });
  await page.context().addCookies([
    {
      ...{ name: 's3-envelope-session', value: cloud.info.presignToken, url: cloud.info.presignEndpoint },
      ...{ httpOnly: true, sameSite: 'Strict' },
    },
  ]);
  await button(page, shared.tryAgain).click();
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
  const backup = await makeKey(page);
  await page.getByRole('checkbox', { name: owner.backup.confirm(backup.fileName) }).check();
  await button(page, owner.backup.continue).click();
  await upload(page, odd);
  expect(sha256(await readDownload(await download(page, odd.name)))).toBe(sha256(odd.buffer));
});

test('an endpoint that is none, or that signs for another bucket, is a mistake in the settings', async ({
  page,
  newCloud,
  complaints,
}) => {
  complaints.allow(/40[134]|CORS policy|ERR_FAILED/);
  const cloud = await newCloud({ signIn: 'token' });
  let change: object = {};
  await changeConfig(page, (config) => ({ ...config, ...change }));
  for (const [endpoint, code] of [
    // A page of the app itself, and a server that does not answer to it.
    [`${cloud.info.appUrl}nothing`, 'config-invalid'],
    [`${cloud.info.endpoint}/nothing`, 'cors-refused'],
  ] as const) {
    change = { credentials: { kind: 'presigned', endpoint, signIn: 'token' } };
    await page.goto(cloud.info.appUrl);
    await signIn(page, cloud.info.presignToken);
    const details = code === 'cors-refused' ? { endpoint } : { field: 'credentials.endpoint' };
    await expectError(page, code, details);
    await page.goto('about:blank');
  }

  change = { bucket: 'another-bucket' };
  await enter(page, cloud);
  await add(page, odd);
  await expectError(row(page, odd.name), 'config-invalid', { field: 'credentials.endpoint' });
  expect(await administratorOf(cloud).keys('files/')).toEqual([]);
});

test('an endpoint that a bad network keeps away is no mistake in the settings', async ({
  page,
  newCloud,
  complaints,
}) => {
  complaints.allow(/ERR_FAILED|401/);
  const cloud = await newCloud({ signIn: 'token' });
  const isMe = (request: Request) => request.url() === `${cloud.info.presignEndpoint}/me`;
  // The request and the first question that is asked about it; the network is back for the rest.
  await intercept(page, isMe, (route, call) => (call <= 2 ? route.abort() : route.fallback()));
  await page.goto(cloud.info.appUrl);
  await signIn(page, cloud.info.presignToken);
  await expectError(page, 'network-failed');
  await signIn(page, cloud.info.presignToken);
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
});

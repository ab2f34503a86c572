/** The flows that carry the app, in the WebKit that a system brings. */
import { administratorOf } from '../administrator.ts';
import { behindFaults } from '../faults/before.ts';
import { type Plan, seededPlan } from '../faults/plan.ts';
import { link, type MadeFile, MiB, owner, randomFile, shared } from '../steps.ts';
import { storeFor } from '../stored.ts';
import { expect, test } from './fixtures.ts';
import { firstVisit, type Visitor } from './visitor.ts';

const empty = randomFile('empty.txt', 0);
const small = randomFile('Vertrag “neu”.pdf', 1234);
/** Three parts. */
const large = randomFile('film.mp4', 20 * MiB);
/** Six, of which four are on their way at once. */
const larger = randomFile('long film.mp4', 45 * MiB);

const named = (action: string, { name }: MadeFile) => owner.row.named(action, name);

/** One part gets through; on the others the line is dead. */
const onePart: Plan = ({ operation, count }) =>
  operation === 'UploadPart' && count > 1 ? { kind: 'hang' } : undefined;

async function expectState(visitor: Visitor, file: MadeFile, word: string): Promise<void> {
  await expect.poll(() => visitor.stateOf(file.name), { message: file.name }).toBe(word);
}

async function download(visitor: Visitor, file: MadeFile): Promise<void> {
  await visitor.click('button', named(owner.row.download, file));
  await visitor.expectSaved(file);
  await expectState(visitor, file, shared.download.done);
}

test('files come back as they were, and a link opens one in a clean browser', async ({
  visitor,
  newcomer,
  cloud,
}) => {
  await firstVisit(visitor, cloud.info.appUrl);
  await visitor.choose(owner.drop.choose, empty, small, large);
  for (const file of [empty, small, large]) await expectState(visitor, file, owner.upload.stored);
  // Staging is refused here, as in Safari's private windows; memory is what is left.
  for (const file of [empty, small, large]) await download(visitor, file);
  await visitor.deliverBy('memory');
  await visitor.reload();
  await download(visitor, large);

  await visitor.click('button', named(owner.row.share, large));
  const address = () => visitor.valueOf('textbox', owner.share.linkLabel);
  await expect.poll(address).toContain('#');
  const recipient = await newcomer();
  await recipient.open(await address());
  await expect.poll(() => recipient.text()).toContain(large.name);
  await recipient.click('button', link.openAndSave);
  await recipient.expectSaved(large);
  await expect.poll(() => recipient.text()).toContain(link.saved);
});

test('a file whose frames are verified one by one goes through the service worker', async ({
  visitor,
  cloud,
}) => {
  const backup = await firstVisit(visitor, cloud.info.appUrl);
  await storeFor(cloud, backup, large, 'esdk');
  await visitor.deliverBy('stream');
  await visitor.reload();
  await download(visitor, large);
});

test('an upload is paused and goes on, survives a reload, and is cancelled without a trace', async ({
  visitor,
  newCloud,
}) => {
  const { cloud, proxy } = await behindFaults(newCloud);
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(visitor, cloud.info.appUrl);
  const stored = () => administrator.keys(`files/${identityId}/`);

  proxy.follow(onePart);
  await visitor.choose(owner.drop.choose, larger);
  await expect.poll(() => visitor.progressOf(larger.name)).toBeGreaterThan(0);
  await visitor.click('button', named(owner.row.pause, larger));
  await expectState(visitor, larger, owner.upload.paused);
  expect(await administrator.openUploads()).toHaveLength(1);

  // No handles here: the file is picked again.
  await visitor.reload();
  await expectState(visitor, larger, owner.upload['needs-you']);
  proxy.follow(undefined);
  await visitor.choose(named(owner.row.chooseAgain, larger), larger);
  await expectState(visitor, larger, owner.upload.stored);
  expect(await stored()).toHaveLength(1);
  expect(await administrator.openUploads()).toEqual([]);
  await download(visitor, larger);

  const unwanted = { ...larger, name: 'unwanted.mp4' };
  proxy.follow(({ operation }) => (operation === 'UploadPart' ? { kind: 'hang' } : undefined));
  await visitor.choose(owner.drop.choose, unwanted);
  await expectState(visitor, unwanted, owner.upload.sending);
  await visitor.click('button', named(owner.row.pause, unwanted));
  await expectState(visitor, unwanted, owner.upload.paused);
  await visitor.click('button', named(owner.row.resume, unwanted));
  await expectState(visitor, unwanted, owner.upload.sending);
  await visitor.click('button', named(shared.cancel, unwanted));
  await expectState(visitor, unwanted, owner.upload.cancelled);
  expect(await stored()).toHaveLength(1);
  expect(await administrator.openUploads()).toEqual([]);
});

test('a bad network hurts no file', async ({ visitor, newCloud }) => {
  const { cloud, proxy } = await behindFaults(newCloud);
  await firstVisit(visitor, cloud.info.appUrl);
  const files = [0, 1, 1000, 5 * MiB, 9 * MiB].map((size) => randomFile(`${size}.bin`, size));
  const settled = (...words: readonly string[]) =>
    expect
      .poll(
        async () => {
          const states = await Promise.all(files.map(({ name }) => visitor.stateOf(name)));
          return states.filter((state) => !words.includes(state));
        },
        { timeout: 60_000 },
      )
      .toEqual([]);

  proxy.follow(seededPlan('webkit', 0.5));
  await visitor.choose(owner.drop.choose, ...files);
  await settled(owner.upload.stored, owner.upload.failed);
  expect(proxy.log.length).toBeGreaterThan(5);
  proxy.follow(undefined);
  for (const file of files) {
    if ((await visitor.stateOf(file.name)) === owner.upload.failed) {
      await visitor.click('button', named(shared.tryAgain, file));
    }
  }
  await settled(owner.upload.stored);
  for (const file of files) await download(visitor, file);
  await expect.poll(() => administratorOf(cloud).uploadsWithParts()).toEqual([]);
});

import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  choose,
  dialog,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  link,
  MiB,
  openAndSave,
  owner,
  randomFile,
  readBackup,
  readDownload,
  row,
  rowButton,
  shared,
  textFile,
  upload,
} from './steps.ts';
import { forScripts, hold, intercept, s3 } from './traffic.ts';

const files = ['alpha.txt', 'beta.txt', 'gamma.txt'].map((name) => textFile(name, `content of ${name}`));
const [alpha = '', beta = '', gamma = ''] = files.map(({ name }) => name);

test('everything works with the keyboard alone', async ({ page, context, newVisitor }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  // Somebody who listens all the time: a key press is faster than the order to catch the next dialog.
  page.on('filechooser', () => {});

  await test.step('a first visit', async () => {
    await page.goto('/');
    const personal = page.getByRole('radio', { name: owner.welcome.personal });
    await tabTo(page, personal);
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('radio', { name: owner.welcome.kms })).toBeChecked();
    await page.keyboard.press('ArrowUp');
    await expect(personal).toBeChecked();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: owner.backup.title })).toBeFocused();

    await tabTo(page, button(page, owner.backup.save));
    const backup = await downloadFrom(page, () => page.keyboard.press('Enter'));
    readBackup(await readDownload(backup), backup.suggestedFilename());
    await tabTo(page, page.getByRole('checkbox'));
    await page.keyboard.press('Space');
    await tabTo(page, button(page, owner.backup.continue));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: owner.list.emptyTitle })).toBeVisible();
  });

  await test.step('files are added with u, and with the button', async () => {
    await choose(page, () => page.keyboard.press('u'), files.slice(2));
    await expectStored(page, gamma);
    await tabTo(page, button(page, owner.drop.choose));
    // What is added last stands on top.
    await choose(page, () => page.keyboard.press('Enter'), files.slice(0, 2));
    for (const { name } of files) await expectStored(page, name);
  });

  await test.step('the list is one stop, the arrows go through it', async () => {
    await tabTo(page, row(page, alpha));
    await page.keyboard.press('ArrowDown');
    await expect(row(page, beta)).toBeFocused();
    await expectVisibleFocus(page);
    await page.keyboard.press('End');
    await expect(row(page, gamma)).toBeFocused();
    await page.keyboard.press('Home');
    await expect(row(page, alpha)).toBeFocused();
    // What stands beside the name is heard with it.
    await expect(row(page, alpha)).toHaveAccessibleDescription(
      new RegExp(`^${owner.upload.stored}.*${owner.lock.personal}.*bytes.*\\d`),
    );

    const delivered = await downloadFrom(page, () => page.keyboard.press('Enter'));
    expect((await readDownload(delivered)).toString()).toBe(`content of ${alpha}`);
    await expect(row(page, alpha)).toBeFocused();
  });

  await test.step('a dialog has the focus, Esc closes it, and the focus is back', async () => {
    await page.keyboard.press('Space');
    await expect(dialog(page, alpha)).toBeVisible();
    await expectFocusWithin(dialog(page));
    await page.keyboard.press('Escape');
    await expect(dialog(page)).toBeHidden();
    await expect(row(page, alpha)).toBeFocused();

    await page.keyboard.press('Delete');
    await expect(button(dialog(page, owner.remove.title(1)), owner.remove.keep(1))).toBeFocused();
    await page.keyboard.press('Enter'); // the safe thing
    await expect(dialog(page)).toBeHidden();
    await expect(row(page, alpha)).toBeFocused();

    const key = page.getByRole('navigation').getByRole('button').first();
    await tabTo(page, key, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expect(dialog(page, owner.key.personalTitle)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(key).toBeFocused();
  });

  const url = await test.step('share and copy', async () => {
    await tabTo(page, row(page, alpha));
    await tabTo(page, rowButton(page, owner.row.share, alpha));
    await page.keyboard.press('Enter');
    const copy = button(dialog(page, owner.share.title), owner.share.copy);
    await expect(copy).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(button(dialog(page), owner.share.copied)).toBeFocused();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press('Escape');
    await expect(dialog(page)).toBeHidden();
    await expect(rowButton(page, owner.row.share, alpha)).toBeFocused();
    return copied;
  });

  await test.step('the link', async () => {
    const visitor = await newVisitor();
    await visitor.goto(url);
    await expect(openAndSave(visitor)).toBeVisible();
    await tabTo(visitor, openAndSave(visitor));
    const delivered = await downloadFrom(visitor, () => visitor.keyboard.press('Enter'));
    expect((await readDownload(delivered)).toString()).toBe(`content of ${alpha}`);
    await expect(button(visitor, link.saveAgain)).toBeFocused();
  });

  await test.step('search with /, and Esc out of it', async () => {
    const search = page.getByRole('searchbox');
    await page.keyboard.press('/');
    await expect(search).toBeFocused();
    await page.keyboard.type('BETA');
    await expect(page.getByRole('listitem')).toHaveCount(1);
    await expect(page.getByRole('status').filter({ hasText: owner.list.found(1) })).toBeAttached();
    // In a field, letters are letters.
    await page.keyboard.type('?u/');
    await expect(dialog(page)).toBeHidden();
    await expect(page.getByRole('heading', { name: owner.list.noMatchTitle })).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: owner.list.noMatchTitle })).toBeAttached();
    await page.keyboard.press('Escape');
    await expect(search).toHaveValue('');
    await expect(page.getByRole('listitem')).toHaveCount(3);
    await page.keyboard.press('Escape');
    await expect(search).not.toBeFocused();
  });

  await test.step('the sheet of keys, and switching the letters off', async () => {
    await page.keyboard.press('?');
    const sheet = dialog(page, owner.shortcuts.title);
    await expect(sheet).toBeVisible();
    await tabTo(page, sheet.getByRole('checkbox', { name: owner.shortcuts.toggle }));
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    await page.keyboard.press('?');
    await page.keyboard.press('/');
    await expect(dialog(page)).toBeHidden();
    await expect(page.getByRole('searchbox')).not.toBeFocused();

    await tabTo(page, button(page, owner.nav.shortcuts));
    await page.keyboard.press('Enter');
    await tabTo(page, sheet.getByRole('checkbox', { name: owner.shortcuts.toggle }));
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await expect(button(page, owner.nav.shortcuts)).toBeFocused();
  });

  await test.step('delete', async () => {
    await tabTo(page, row(page, alpha));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Delete');
    await tabTo(page, button(dialog(page), owner.remove.confirm));
    await page.keyboard.press('Enter');
    await expect(row(page, beta)).toHaveCount(0);
    await expect(dialog(page)).toBeHidden();
    // The row that took its place.
    await expect(row(page, gamma)).toBeFocused();
    await page.keyboard.press('s');
    await expect(dialog(page, owner.share.title)).toBeVisible();
    await expect(button(dialog(page), shared.done)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(row(page, gamma)).toBeFocused();
  });
});

test('all that can be done with a file is said in whole words', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 844 });
  await firstVisit(page);
  await upload(page, textFile('letter.txt', 'Dear Ada'));
  await row(page, 'letter.txt').focus();
  await page.keyboard.press('Space');
  const buttons = dialog(page, 'letter.txt').locator('.rowmenu').getByRole('button');
  await expect(buttons).toHaveCount(5);
  const lines = await buttons.evaluateAll((all) =>
    all.map((button) => {
      const words = document.createRange();
      words.selectNodeContents(button.lastChild ?? button);
      return words.getClientRects().length;
    }),
  );
  expect(lines).toEqual([1, 1, 1, 1, 1]);
});

test('where a button goes, the focus goes on', async ({ page, complaints }) => {
  complaints.allow(/403/);
  await firstVisit(page);
  await expect(page.getByRole('heading', { name: owner.list.label })).toBeFocused();
  await upload(page, textFile('letter.txt', 'Dear Ada'));
  const letter = row(page, 'letter.txt');

  await test.step('out of a search that found nothing', async () => {
    await page.getByRole('searchbox').fill('nothing is called so');
    await button(page, owner.list.clearSearch).press('Enter');
    await expect(letter).toBeFocused();
  });
  await test.step('out of the bar of what is chosen', async () => {
    await letter.press('x');
    await button(page, owner.selection.clear).press('Enter');
    await expect(letter).toBeFocused();
    await letter.press('x');
    await downloadFrom(page, () => button(page, owner.selection.zip).press('Enter'));
    await expect(page.locator('li:focus')).toHaveCount(1);
    await page.getByRole('button', { name: new RegExp(`^${shared.dismiss} `) }).press('Enter');
    await expect(letter).toBeFocused();
  });
  await test.step('out of what is done with all uploads', async () => {
    const parts = await hold(page, s3.part);
    await add(page, randomFile('a.mov', 9 * MiB), randomFile('b.mov', 9 * MiB));
    await parts.arrived;
    await button(page, owner.batch.pauseAll).press('Enter');
    await expect(button(page, owner.batch.pauseAll)).toBeHidden();
    await expect(page.locator('li:focus')).toHaveCount(1);
    await button(page, owner.batch.cancelAll).press('Enter');
    await button(page, owner.batch.dismissAll).press('Enter');
    await expect(row(page, 'a.mov')).toHaveCount(0);
    await expect(letter).toBeFocused();
  });
  await test.step('out of a deletion that failed, to the safe answer', async () => {
    await intercept(
      page,
      (request) => request.method() === 'DELETE',
      (route) => route.fulfill({ status: 403, headers: forScripts }),
    );
    await letter.press('Delete');
    await button(dialog(page), owner.remove.confirm).press('Enter');
    await expectError(dialog(page), 'access-denied');
    await expect(button(dialog(page), owner.remove.keep(1))).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(letter).toBeFocused();
  });
  await test.step('but not where somebody has left the button', async () => {
    await letter.press('x');
    await button(page, owner.selection.clear).focus();
    await page.getByRole('searchbox').focus();
    await page.getByRole('searchbox').fill('nothing is called so');
    await expect(page.getByRole('heading', { name: owner.list.noMatchTitle })).toBeVisible();
    await expect(page.getByRole('searchbox')).toBeFocused();
  });
});

for (const width of [1280, 390]) {
  test(`the bar of what is chosen does not stand on the row that has the focus, ${width} px wide`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: 600 });
    await firstVisit(page);
    const names = Array.from({ length: 12 }, (_, index) => `${index}.bin`);
    await upload(page, ...names.map((name) => randomFile(name, 10)));
    const focused = page.locator('li:focus');
    const bar = page.getByRole('toolbar', { name: owner.selection.label });
    // Down to one that the window's edge cuts off but for the focus.
    await row(page, '0.bin').focus();
    for (const _ of [1, 2, 3, 4, 5, 6]) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await expectAbove();
    for (const _ of [1, 2, 3]) await page.keyboard.press('ArrowDown');
    await expectAbove();

    async function expectAbove(): Promise<void> {
      await expect(bar).toBeVisible();
      const [lower, upper] = [await focused.boundingBox(), await bar.boundingBox()];
      expect((lower?.y ?? 0) + (lower?.height ?? 0)).toBeLessThanOrEqual(upper?.y ?? 0);
    }
  });
}

test('the focus can not leave a dialog', async ({ page }) => {
  await page.goto('/');
  await button(page, shared.howItWorks).click();
  const how = dialog(page, owner.how.title);
  await expect(how).toBeVisible();
  for (let press = 0; press < 6; press++) {
    await page.keyboard.press('Tab');
    // The browser's own controls come between the last and the first.
    const outside = await page.evaluate(
      () => document.activeElement !== document.body && !document.activeElement?.closest('dialog'),
    );
    expect(outside).toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect(how).toBeHidden();
  await expect(button(page, shared.howItWorks)).toBeFocused();
});

/** Presses Tab until something has the focus; every stop on the way must show that it has it. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  const hasFocus = () => target.evaluate((element) => element === document.activeElement);
  for (let stops = 0; stops < 40; stops++) {
    if (await hasFocus()) return;
    await page.keyboard.press(key);
    await expectVisibleFocus(page);
  }
  await expect(target, 'not reached in 40 stops').toBeFocused();
}

/** A line of at least 2 px around what has the focus, or around the part of the page that stands for it. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return 'nothing';
    for (let element: Element | null = focused, up = 0; element && up < 3; up++) {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      const visible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      if (visible && outlineColor !== 'rgba(0, 0, 0, 0)') return 'a line';
      element = element.parentElement;
    }
    return `no line around ${focused.outerHTML.slice(0, 200)}`;
  });
  expect(['a line', 'nothing']).toContain(seen);
}

async function expectFocusWithin(scope: Locator): Promise<void> {
  await expect(scope.locator(':focus')).toHaveCount(1);
}

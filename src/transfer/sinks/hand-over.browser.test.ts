import { expect, it, vi } from 'vitest';
import { handOver } from './hand-over.ts';

const page = '<!doctype html><title>on this origin</title>';

it.each([
  // Its name there has no ending.
  ['staged', new File([page], crypto.randomUUID())],
  ['in memory', new Blob([page])],
  ['of a kind', new Blob([page], { type: 'text/html' })],
])('a file %s is handed over as bytes of no kind', async (_, file) => {
  const addresses: string[] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    addresses.push(this.href);
  });
  handOver(file, 'page.html');
  click.mockRestore();
  const response = await fetch(addresses[0] ?? '');
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(await response.text()).toBe(page);
});

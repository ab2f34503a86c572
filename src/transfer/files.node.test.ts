/** What a presign endpoint that does not keep to its contract makes of the list. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPresignEndpoint } from '../store/presigned/endpoint.ts';
import { createPresignedStore } from '../store/presigned/presigned-store.ts';
import { createFiles } from './files.ts';
import { personalKeyring } from './test-objects.ts';

let server: Server;
let address: string;
let pages: readonly { readonly objects: readonly object[]; readonly next?: string }[] = [];
let asked: (string | null)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', address);
    if (pathname !== '/objects') return void response.writeHead(404).end();
    asked.push(searchParams.get('next'));
    response.end(JSON.stringify(pages[Math.min(asked.length, pages.length) - 1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function listed(...answers: typeof pages) {
  pages = answers;
  asked = [];
  const endpoint = createPresignEndpoint({ address });
  const store = createPresignedStore({ endpoint, bucket: 'bucket', region: 'eu-central-1' });
  const keyring = await personalKeyring();
  const files = createFiles({ store, prefix: 'files/me/', keyring, lockOf: () => ({ kind: 'other' }) });
  await files.refresh();
  return files.snapshot();
}

it('a list of several pages ends with the last', async () => {
  const { state } = await listed({ objects: [], next: 'a' }, { objects: [], next: 'b' }, { objects: [] });
  expect({ state, asked }).toEqual({ state: 'ready', asked: [null, 'a', 'b'] });
});

it('a list that gives the same page again and again fails', async () => {
  const { state, error } = await listed({ objects: [], next: 'a' });
  expect({ state, code: error?.code, asked }).toEqual({
    state: 'failed',
    code: 'service-failed',
    asked: [null, 'a'],
  });
});

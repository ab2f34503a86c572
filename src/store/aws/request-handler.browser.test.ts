import { expect, test } from 'vitest';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { UploadingRequestHandler } from './request-handler.ts';

type HttpRequest = Parameters<UploadingRequestHandler['handle']>[0];

const MiB = 1024 ** 2;

// As the SDK does once it has signed it anew.
test.each([0, 1000, 3 * MiB])('a request of %i bytes can be sent again as it is', async (length) => {
  const body = new Uint8Array(length).fill(7);
  const expected = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
  const { protocol, hostname, port } = location;
  const request = {
    ...{ protocol, hostname, port: Number(port), path: '/body', query: {} },
    ...{ method: 'PUT', headers: {}, body },
  } as unknown as HttpRequest;
  const handler = new UploadingRequestHandler();
  for (let time = 0; time < 2; time++) {
    const { response } = await handler.handle(request);
    expect(new TextDecoder().decode(response.body as Bytes)).toBe(expected);
  }
});

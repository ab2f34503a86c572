/** Each request on the page about the presign endpoint gets the answer that stands below it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../local/test-cloud.ts';
import { parseConfig } from '../src/app/config.ts';

const page = readFileSync(fileURLToPath(new URL('presign.md', import.meta.url)), 'utf8');
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

interface Example {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Undefined where the page shows none: 204. */
  readonly answer?: string;
}

const examples = [...page.matchAll(/^```http\n(\w+) (\S+)\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?/gms)].map(
  ([, method = '', path = '', body = '', answer]): Example => ({
    ...{ method, path, body },
    ...(answer !== undefined && { answer }),
  }),
);

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

test('the page shows every request of the contract', () => {
  const seen = new Set(examples.map(({ method, path }) => `${method} ${path.replace(/\?.*|VXBs…/g, '')}`));
  expect([...seen].sort()).toEqual([
    'DELETE /multipart/',
    'DELETE /object',
    'GET /me',
    'GET /multipart/',
    'GET /object',
    'GET /objects',
    'POST /multipart',
    'POST /multipart//complete',
    'POST /sign',
  ]);
  for (const kind of ['get', 'put', 'part', 'copy']) expect(page).toContain(`"kind": "${kind}"`);
});

test('each is answered as the page says', async () => {
  // What stands on the page with an ellipsis, by what it is here.
  const real = new Map<string, string>();
  const filled = (text: string) => {
    let result = text;
    for (const [shown, value] of real) result = result.replaceAll(shown, value);
    expect(result, 'all that is shortened is known by now').not.toMatch(/…(?!")/);
    return result;
  };
  const code = { Authorization: `Bearer ${cloud.info.presignToken}` };
  const me = await (await fetch(`${cloud.info.presignEndpoint}/me`, { headers: code })).json();
  real.set('files/5f0c…/', (me as { prefix: string }).prefix);
  real.set('shared/7c1e…', 'shared/7c1e');

  for (const { method, path, body, answer } of examples) {
    const response = await fetch(`${cloud.info.presignEndpoint}${filled(path)}`, {
      method,
      headers: { ...code, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: filled(body) }),
    });
    const text = await response.text();
    const what = `${method} ${path}: ${response.status} ${text}`;
    if (answer === undefined) {
      expect(response.status, what).toBe(204);
      continue;
    }
    const [got, shown] = [JSON.parse(text) as Json, JSON.parse(answer) as Json];
    expect(response.status, what).toBe((shown as { error?: Json }).error === undefined ? 200 : 403);
    expect(shapeOf(got), what).toEqual(shapeOf(shown));
    compare(got, shown, real);
    if (path === '/sign') await sendAll(got as unknown as Signed);
  }
});

test('the example of config.json is one', () => {
  const text = readFileSync(
    fileURLToPath(new URL('../deploy/config-presigned.example.json', import.meta.url)),
    'utf8',
  );
  const values = {
    '${REGION}': 'eu-central-1',
    '${BUCKET}': 'data',
    '${PRESIGN_ENDPOINT}': 'https://sign.example/a',
  };
  let whole = text;
  for (const [name, value] of Object.entries(values)) whole = whole.replaceAll(name, value);
  expect(parseConfig(whole).credentials).toEqual({
    kind: 'presigned',
    endpoint: 'https://sign.example/a',
    signIn: 'token',
  });
});

interface Signed {
  readonly signed: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}

/** Every URL is good for its request: "hello", 5 bytes, is what the page stores. */
async function sendAll({ signed }: Signed): Promise<void> {
  for (const { method, url, headers } of signed) {
    const copies = 'x-amz-copy-source' in headers;
    const body = method === 'PUT' ? { body: copies ? '' : 'hello' } : {};
    const response = await fetch(url, { method, headers, ...body });
    expect(response.status, `${method} ${await response.text()}`).toBe(200);
  }
}

/** Names and types; an object's members in any order. */
function shapeOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

/** What the page shows whole is so here; what it shortens is learnt. */
function compare(got: Json, shown: Json, real: Map<string, string>): void {
  if (typeof shown === 'string' && typeof got === 'string') {
    if (/^\d{4}-.*Z$/.test(shown)) expect(got).toBe(new Date(got).toISOString());
    else if (/^https:/.test(shown)) expect(new URL(got).searchParams.get('X-Amz-Expires')).toBe('900');
    else if (shown.startsWith('"') || shown === 'VXBs…') real.set(inJson(shown), inJson(got));
    else if (shown.startsWith('bucket/'))
      expect(got).toBe(`${cloud.info.bucket}/${real.get('files/5f0c…/')}b`);
    else {
      let expected = shown;
      for (const [short, value] of real) expected = expected.replaceAll(short, value);
      if (shown !== 'ada@example.com') expect(got).toBe(expected);
    }
  } else if (typeof shown === 'object' && shown !== null && typeof got === 'object' && got !== null) {
    for (const [name, one] of Object.entries(shown))
      compare((got as Record<string, Json>)[name] ?? null, one, real);
  } else {
    expect(got).toBe(shown);
  }
}

/** As it stands between the quotes of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { EngineName } from '../browsers.ts';
import { openPage } from '../open-page.ts';
import type { GroupVerdicts } from './judge.ts';

/** Runs the vectors in a real browser, started on a page that reports back. */
export async function judgeInBrowser(
  engine: EngineName,
  files: readonly unknown[],
  onGroup: (group: GroupVerdicts) => void,
): Promise<void> {
  const script = await bundle();
  let finish: (error?: Error) => void = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = (error) => (error ? reject(error) : resolve());
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const value = JSON.parse(await bodyOf(request)) as unknown;
      response.end();
      if (request.url === '/group') return onGroup(value as GroupVerdicts);
      const { error } = value as { error?: string };
      return finish(error === undefined ? undefined : new Error(error));
    }
    const [type, body] =
      request.url === '/files.json'
        ? ['application/json', JSON.stringify(files)]
        : request.url === '/page.js'
          ? ['text/javascript', script]
          : [
              'text/html',
              '<!doctype html><title>vectors</title><script type="module" src="/page.js"></script>',
            ];
    response.setHeader('Content-Type', type).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const page = await openPage(engine, `http://127.0.0.1:${port}/`);
  try {
    const gone = page.ended.then((last) => Promise.reject(new Error(`the browser ended: ${last}`)));
    await Promise.race([finished, gone]);
  } finally {
    await page.close();
    server.closeAllConnections();
    server.close();
  }
}

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2023',
      lib: { entry: fileURLToPath(new URL('./page.ts', import.meta.url)), formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  const [script] = outputs.flatMap((output) => (output.type === 'chunk' ? [output.code] : []));
  if (script === undefined) throw new Error('the page could not be bundled');
  return script;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

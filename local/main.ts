/** `npm run cloud`: the local cloud for development and tests, described by one line of JSON on stdout. */
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';
import { dataDirectory, portOf, stopOnSignal } from './command.ts';

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'app-port': { type: 'string' },
      data: { type: 'string' },
      origin: { type: 'string', multiple: true },
      'bytes-per-second': { type: 'string' },
      presigned: { type: 'boolean' },
    },
  });
  const port = portOf(values.port ?? process.env['CLOUD_PORT']);
  const appPort = portOf(values['app-port'] ?? process.env['CLOUD_APP_PORT']);
  const dataDir = values.data ?? dataDirectory;

  console.error('A local cloud for development and tests: it is no place for files that matter.');
  const cloud = await startCloud({
    dataDir,
    appOrigins: values.origin ?? ['http://localhost:5173', 'http://127.0.0.1:5173'],
    ...(values.presigned && { signIn: 'token' }),
    ...(port !== undefined && { port }),
    ...(appPort !== undefined && { appPort }),
    ...(values['bytes-per-second'] && { bytesPerSecond: Number(values['bytes-per-second']) }),
  });
  stopOnSignal(cloud);
  console.error(`Data: ${dataDir}. The built app: ${cloud.info.appUrl} Stop with Ctrl+C.`);
  console.log(JSON.stringify(cloud.info));
} catch (error) {
  console.error(`The local cloud could not start: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** `npm start`, after the build: the app with its own cloud, for trying out. */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';
import { dataDirectory, portOf, stopOnSignal } from './command.ts';

try {
  const { values } = parseArgs({ options: { presigned: { type: 'boolean', default: false } } });
  const port = portOf(process.env['CLOUD_PORT']);
  const appPort = portOf(process.env['CLOUD_APP_PORT']);
  const cloud = await startCloud({
    dataDir: dataDirectory,
    signIn: values.presigned ? 'token' : 'guest',
    ...(port !== undefined && { port }),
    ...(appPort !== undefined && { appPort }),
  });
  console.log(`
  S3 Envelope is ready. Open this in your browser:

      ${cloud.info.appUrl}
${values.presigned ? `\n  It asks for an access code:\n\n      ${cloud.info.presignToken}\n` : ''}
  It talks to a small cloud of its own on this machine, made for trying out: nothing leaves the
  machine, and what you store lies in ${relative(process.cwd(), dataDirectory) || '.'}/ until you delete that folder.
  Stop it with Ctrl+C.
`);
  stopOnSignal(cloud);
} catch (error) {
  console.error(`S3 Envelope could not start: ${(error as Error).message}`);
  console.error('Another copy may be running. CLOUD_PORT and CLOUD_APP_PORT choose other ports.');
  process.exitCode = 1;
}

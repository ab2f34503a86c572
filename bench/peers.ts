import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** AWS's clients for browsers and for Node have parts of the same names that do not fit each other. */
const folders = ['bench', 'bench/node'];

/** Installs what the bench measures us beside, in folders of their own, unless it is there. Throws if that fails. */
export function installPeers(): void {
  for (const name of folders) {
    const folder = new URL(`../${name}/`, import.meta.url);
    if (existsSync(new URL('node_modules/.package-lock.json', folder))) continue;
    console.error(`Installing the peers: npm ci --prefix ${name}`);
    const { status } = spawnSync('npm', ['ci', '--prefix', fileURLToPath(folder)], {
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error(`npm ci --prefix ${name} failed`);
  }
}

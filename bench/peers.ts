import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** AWS's clients for browsers and for Node have parts of the same names that do not fit each other. */
const folders = ['bench', 'bench/node'];

/** Installs what the bench measures us beside, in folders of their own, unless it is there. Throws if that fails. */
export function installPeers(): void {
  for (const name of folders) {
    const folder = new URL(`../${name}/`, import.meta.url);
    if (isInstalled(folder)) continue;
    console.error(`Installing the peers: npm ci --prefix ${name}`);
    const { status } = spawnSync('npm', ['ci', '--prefix', fileURLToPath(folder)], {
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error(`npm ci --prefix ${name} failed`);
  }
}

/** Each in the version that is asked for. */
function isInstalled(folder: URL): boolean {
  const { dependencies } = readPackage(folder) as { dependencies: Record<string, string> };
  try {
    return Object.entries(dependencies).every(
      ([name, version]) => readPackage(new URL(`node_modules/${name}/`, folder)).version === version,
    );
  } catch {
    return false;
  }
}

function readPackage(folder: URL): { readonly version?: string } {
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
}

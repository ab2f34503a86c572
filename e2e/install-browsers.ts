/** Installs the engines that this machine lacks, as far as it can without asking anybody. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { debianPackages, type EngineName, engineNames, findEngine, undriven } from './browsers.ts';

/** Runs a program without input, its output shown; true when it ended well. */
export type Run = (program: string, ...parameters: string[]) => Promise<boolean>;

/** The engines that are still missing afterwards, or have nothing to drive them. */
export async function installMissing(run: Run): Promise<EngineName[]> {
  const lacking = () =>
    engineNames.filter((name) => {
      const engine = findEngine(name);
      return !engine || undriven(engine) !== undefined;
    });
  if (lacking().length === 0) return [];

  const playwright = createRequire(import.meta.url).resolve('@playwright/test/cli');
  // One at a time: a build that does not exist for this system must not keep the others away.
  let downloaded = false;
  for (const name of lacking()) {
    const came = await run(process.execPath, playwright, 'install', name);
    downloaded ||= came;
    if (!came) break;
  }
  const isRootOnDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  // As anybody else this would ask for a password.
  if (downloaded && isRootOnDebian) await run(process.execPath, playwright, 'install-deps', ...engineNames);

  const packages = [...new Set(lacking().flatMap((name) => debianPackages[name]))];
  if (packages.length > 0 && isRootOnDebian && (await run('apt-get', 'update'))) {
    await run('apt-get', 'install', '-y', '--no-install-recommends', ...packages);
  }
  return lacking();
}

/**
 * `npm run sizes`: what the library adds to a page, bundled, minified and gzipped, each use by itself. The AWS SDK
 * is its caller's and is left out. Reads the built package; `npm run build:lib` makes it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

export interface BundleSize {
  readonly use: string;
  /** Bytes that are loaded at once. */
  readonly gzipped: number;
  /** Bytes that are loaded when they are needed: what signs and verifies. */
  readonly later: number;
}

interface Use {
  readonly use: string;
  readonly from: string;
  readonly names: readonly string[];
}

/** The names that each use imports; the rest must fall away. */
const uses: readonly Use[] = [
  {
    use: 'S3EC, a round trip with a raw key',
    from: 's3ec.js',
    names: ['createAesKeyring', 'importWrappingKey', 'encryptObject', 'parseEnvelope', 'unlockEnvelope'],
  },
  {
    use: 'the S3 client, a raw key',
    from: '../lib.js',
    names: ['createAesKeyring', 'importWrappingKey', 'createS3EncryptionClient'],
  },
  {
    use: 'ESDK, a round trip with a raw key',
    from: 'esdk.js',
    names: ['createRawAesKeyring', 'importWrappingKey', 'encrypt', 'decrypt'],
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param packageFolder where `lib/` of the package is */
export async function measureBundles(packageFolder: string): Promise<readonly BundleSize[]> {
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-sizes-'));
  try {
    const sizes: BundleSize[] = [];
    for (const [index, { use, from, names }] of uses.entries()) {
      const entry = join(folder, `${index}.js`);
      const module = JSON.stringify(join(packageFolder, 'lib/lib', from));
      // Kept by being visible from outside, as a page would keep them by calling them.
      await writeFile(entry, `import { ${names} } from ${module};\nglobalThis.kept = [${names}];\n`);
      sizes.push({ use, ...(await gzippedSizes(entry)) });
    }
    return sizes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function gzippedSizes(entry: string): Promise<Omit<BundleSize, 'use'>> {
  const { output } = (await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: entry, external: [/^@aws-sdk\//] },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = output.filter((file) => file.type === 'chunk');
  const atOnce = new Set(chunks.filter((chunk) => chunk.isEntry));
  // A set that grows is gone through to its end.
  for (const { imports } of atOnce) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) atOnce.add(chunk);
  }
  const sizeOf = (some: Iterable<Rolldown.OutputChunk>) =>
    [...some].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  return { gzipped: sizeOf(atOnce), later: sizeOf(chunks.filter((chunk) => !atOnce.has(chunk))) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const kB = (bytes: number) => (bytes / 1000).toFixed(1);
  for (const { use, gzipped, later } of await measureBundles(root)) {
    const whenNeeded = later > 0 ? `, and ${kB(later)} kB when it is needed` : '';
    console.log(`${kB(gzipped).padStart(6)} kB  ${use}${whenNeeded}`);
  }
}

/** What the pages say of this project's own files and commands is so. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((f) => (f.endsWith('.md') ? `docs/${f}` : [])),
];

/** As the hosts of repositories make them of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('names commands that there are', () => {
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      expect(manifest['scripts']).toHaveProperty([name]);
    for (const [, name = ''] of text.matchAll(/npm (start|test)\b/g))
      expect(manifest['scripts']).toHaveProperty([name]);
  });

  it('links to pages and headings that there are', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? text : read(join(dirname(page), path));
      if (anchor !== undefined) expect(anchorsOf(linked)).toContain(anchor);
    }
  });

  it('names files of the project that there are', () => {
    for (const [, path = ''] of text.matchAll(/`((?:src|local|deploy|docs|e2e|bench)\/[\w./-]*)`/g)) {
      expect(() => readdirSync(join(root, dirname(path))), path).not.toThrow();
      if (/\.\w+$/.test(path)) expect(() => read(path), path).not.toThrow();
    }
  });
});

describe('docs/deploy.md', () => {
  it('has links end when the app says that they do', () => {
    const { Rules } = JSON.parse(read('deploy/lifecycle.json'));
    const { Expiration } = Rules.find(({ ID }: { ID: string }) => ID === 'links-expire');
    for (const config of ['config', 'config-presigned']) {
      expect(read(`deploy/${config}.example.json`)).toContain(`"days": ${Expiration.Days} `);
    }
  });

  it('takes away again all that it makes', () => {
    const text = read('docs/deploy.md');
    const removing = text.slice(text.indexOf('## Removing it'));
    for (const file of ['origin-access-control', 'response-headers', 'shared-response-headers']) {
      const { Name } = JSON.parse(read(`deploy/${file}.json`));
      expect(removing).toContain(`\`${Name}\``);
    }
  });
});

describe('docs/dependencies.md', () => {
  it('names what comes with the package, and nothing else comes with it', () => {
    const [, section = ''] = /^## In the package$(.*?)^## /ms.exec(read('docs/dependencies.md')) ?? [];
    const [, row = ''] = /^\| (@.*?) \|/m.exec(section) ?? [];
    expect(Object.keys(manifest['dependencies'] ?? {})).toEqual(row.split(', '));
    const peers = Object.keys(manifest['peerDependencies'] ?? {});
    expect(Object.keys(manifest['peerDependenciesMeta'] ?? {})).toEqual(peers);
    for (const name of peers) expect(read('docs/library.md')).toContain(`\`${name}\``);
  });

  it('accounts for every dependency, and for nothing that is none', () => {
    const text = read('docs/dependencies.md');
    const named = [
      ...Object.keys(manifest['dependencies'] ?? {}),
      ...Object.keys(manifest['devDependencies'] ?? {}),
    ];
    for (const name of named) {
      const known = name.startsWith('@types/') ? '@types/*' : name;
      const short = name.replace(/^@aws-sdk\//, '');
      expect(text.includes(known) || text.includes(short), name).toBe(true);
    }
    const rows = text.matchAll(/^\| ((?:@?[\w./*-]+(?:, )?)+) \|/gm);
    const listed = [...rows]
      .flatMap(([, cell = '']) => cell.split(', '))
      .filter((name) => !/^(package|-+)$/.test(name));
    for (const name of listed) {
      const there = named.some((one) => one === name || one.endsWith(`/${name}`) || name === '@types/*');
      expect(there, name).toBe(true);
    }
  });
});

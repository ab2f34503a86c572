// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how policies write their variables
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { policyFault } from './auth/policy.ts';
import { fill } from './documents.ts';
import { cacheControl } from './host.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = readdirSync(join(root, 'deploy'));
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');
const guide = readFileSync(join(root, 'docs', 'deploy.md'), 'utf8');

/** Every placeholder with some value. */
const everything = new Proxy({} as Record<string, string>, {
  get: (_target, name) => `value-of-${String(name)}`,
});

describe('filling', () => {
  test('replaces names in capitals and leaves IAM its own', () => {
    const json = '{"a": ["${BUCKET}/${cognito-identity.amazonaws.com:sub}/${aws:username}", 1, true, null]}';
    expect(fill(json, { BUCKET: 'b"\\' })).toEqual({
      a: ['b"\\/${cognito-identity.amazonaws.com:sub}/${aws:username}', 1, true, null],
    });
  });
  test('stops at a name without a value, and says which', () => {
    expect(() => fill('["${MISSING}"]', { BUCKET: 'b' })).toThrow('MISSING has no value');
    expect(() => fill('["${EMPTY}"]', { EMPTY: '' })).toThrow('EMPTY has no value');
  });
  test('works from the command line as the guide has it', () => {
    const run = (env: Record<string, string>) =>
      execFileSync(process.execPath, ['--import', 'tsx', 'local/fill.ts', 'deploy/kms-key-policy.json'], {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
      });
    expect(run({ ACCOUNT_ID: '123456789012' })).toContain('arn:aws:iam::123456789012:root');
    expect(() => run({})).toThrow(/ACCOUNT_ID has no value/);
  }, 30_000);
});

describe('the documents', () => {
  test.each(names)('%s parses, and is filled without a rest', (name) => {
    const text = JSON.stringify(fill(read(name), everything));
    expect(text.match(/\$\{[^}]*\}/g) ?? []).not.toContainEqual(expect.stringMatching(/^\$\{[A-Z_]+\}$/));
  });

  test.each(names.filter((name) => /policy|trust/.test(name)))('%s is a policy', (name) => {
    const document = fill(read(name), everything) as { Version: string; Statement: object[] };
    expect(document.Version).toBe('2012-10-17');
    // A trust policy names no resource: it is the role's own.
    const statements = document.Statement.map((statement) => ({ Resource: '*', ...statement }));
    expect(policyFault({ ...document, Statement: statements })).toBeUndefined();
  });

  test.each(['response-headers.json', 'shared-response-headers.json'])('%s has a strict CSP', (name) => {
    const text = read(name);
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/unsafe-|https?:\s|\*/);
    const { CustomHeadersConfig } = JSON.parse(text);
    expect(CustomHeadersConfig.Quantity).toBe(CustomHeadersConfig.Items.length);
  });

  test('answers on the one origin ask browsers for https on its name alone', () => {
    // What the last answer said counts for the whole host, whichever path it was to.
    for (const name of ['response-headers.json', 'shared-response-headers.json']) {
      const { StrictTransportSecurity } = JSON.parse(read(name)).SecurityHeadersConfig;
      expect(StrictTransportSecurity, name).toMatchObject({ IncludeSubdomains: false, Preload: false });
    }
  });

  test('CORS exposes exact names, each within what S3 takes', () => {
    const { CORSRules } = JSON.parse(read('cors.json'));
    for (const name of CORSRules[0].ExposeHeaders) expect(name).toMatch(/^[A-Za-z0-9-]+$/);
    for (const name of CORSRules[0].AllowedHeaders) expect(name.split('*').length).toBeLessThanOrEqual(2);
  });
});

describe('the guide', () => {
  test('names every document, and none that is not there', () => {
    const named = new Set(
      [...guide.matchAll(/(?:deploy\/|fill )([a-z-]+(?:\.[a-z]+)*\.json)/g)].map((match) => match[1]),
    );
    expect([...named].sort()).toEqual([...names].sort());
  });

  test('lists every variable of the documents', () => {
    const used = new Set(
      names.flatMap((name) => [...read(name).matchAll(/\$\{([A-Z_]+)\}/g)].map((match) => match[1])),
    );
    const listed = guide
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line))
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]));
    expect([...listed].sort()).toEqual([...used].sort());
  });

  test('sets each variable before the first document that needs it', () => {
    const set = new Set<string>();
    for (const line of guide.replaceAll('\\\n', ' ').split('\n')) {
      for (const [, name = ''] of line.matchAll(/fill ([a-z-]+(?:\.[a-z]+)*\.json)/g)) {
        for (const [, variable = ''] of read(name).matchAll(/\$\{([A-Z_]+)\}/g)) {
          expect(set, `${variable} for ${name}`).toContain(variable);
        }
      }
      const exported = /^\s*export (.*)/.exec(line)?.[1];
      for (const [variable] of exported?.matchAll(/\b[A-Z][A-Z0-9_]+(?==|\s|$)/g) ?? []) set.add(variable);
    }
    expect(set).toContain('APP_ORIGIN');
  });

  test('caches files as the local host does', () => {
    for (const file of ['index.html', 'icon.svg', 'assets/x.js']) {
      expect(guide).toContain(`--cache-control ${cacheControl(file).replace(/^(.* .*)$/, "'$1'")}`);
    }
  });
});

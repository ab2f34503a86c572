/** What S3 does, as a judge has it that is not of this project. It lies beside the checkout, where it exists. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestCloud } from './test-cloud.ts';

const beside = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const judge = beside('../shared/tools/s3-conformance.mjs');
if (!existsSync(judge)) console.log(`S3 conformance: ${judge} is not there, nothing to run`);

interface Finding {
  readonly id: string;
  /** `wrong`: answered as if it worked. */
  readonly v: 'ok' | 'fail' | 'wrong' | 'n/a';
}

/** Expected of S3, and not so: each has a test of ours that holds the opposite. */
const disputed = {
  // It gives the SDK another key's MD5; the SDK sends the right one all the same.
  wrong: ['SSE-C: key MD5 mismatch -> 400'],
  // It adds an x-amz- header that is not signed, which S3 refuses.
  fail: ['presigned PUT then presigned GET'],
};

test.runIf(existsSync(judge))('answers as S3 does', { timeout: 300_000 }, async () => {
  const cloud = await startTestCloud();
  // Node resolves the judge's imports from where it lies.
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-conformance-'));
  const report = join(folder, 'report.json');
  try {
    await copyFile(judge, join(folder, 'judge.mjs'));
    await symlink(beside('node_modules'), join(folder, 'node_modules'));
    const { info } = cloud;
    await promisify(execFile)(process.execPath, [join(folder, 'judge.mjs')], {
      env: {
        ...process.env,
        S3_ENDPOINT: info.endpoint,
        S3_REGION: info.region,
        S3_KMS_KEY_ID: info.kmsKeyId,
        AWS_ACCESS_KEY_ID: info.accessKeyId,
        AWS_SECRET_ACCESS_KEY: info.secretAccessKey,
        S3_OTHER_ACCESS_KEY_ID: info.otherAccessKeyId,
        S3_OTHER_SECRET_ACCESS_KEY: info.otherSecretAccessKey,
        S3_REPORT: report,
      },
    });
    const findings = JSON.parse(await readFile(report, 'utf8')) as readonly Finding[];
    const idsOf = (verdict: Finding['v']) => findings.filter(({ v }) => v === verdict).map(({ id }) => id);
    expect(idsOf('wrong')).toEqual(disputed.wrong);
    expect(idsOf('fail')).toEqual(disputed.fail);
    expect(idsOf('ok').length).toBeGreaterThanOrEqual(94);
  } finally {
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  }
});

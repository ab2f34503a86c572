/** Keys that change: the data key is wrapped anew by one side, and the object opened by the other. */
import type { Keyring } from '../../../src/lib.ts';
import type { Cell, Group } from '../cells.ts';
import type { Client } from '../clients.ts';
import type { Oracle } from '../oracle.ts';
import { checkDigest, type Digest, digestOf, expectedDigest } from '../plaintext.ts';
import { theyRefuse, weRefuse } from '../refusal.ts';
import { refusalIn } from './abilities.ts';
import { type Key, type KeyKind, newAesKey, newRsaKey } from './keys.ts';
import { encryptionContext, type Format, type Size, type Way } from './objects.ts';
import { type Rig, readingPolicy, writingPolicy } from './rig.ts';

const size: Size = { title: '70,001', bytes: 70_001 };
const kinds: readonly KeyKind[] = ['AES', 'RSA', 'KMS'];
const formats: readonly Format[] = ['V3', 'V2'];
const changes = kinds.flatMap((from) => kinds.map((to) => ({ from, to, title: `${from} to ${to}` })));

interface Step {
  readonly format: Format;
  readonly envelope: Way['envelope'];
  readonly from: Key;
  readonly to: Key;
  /** Of the new instruction file, beside which the old one stays. */
  readonly suffix?: string | undefined;
}

export async function reEncryption(rig: Rig, client: Client): Promise<Group[]> {
  const newKeys: Readonly<Record<KeyKind, Key>> = {
    AES: await newAesKey('second'),
    RSA: await newRsaKey('other pair'),
    KMS: rig.keys.KMS,
  };
  const wayOf = ({ format, envelope, from }: Step): Way => ({
    ...{ format, envelope, key: from.kind },
    upload: 'one PUT',
  });
  const contextOf = ({ kind }: Key) => (kind === 'KMS' ? { encryptionContext } : {});

  async function weRead(Key: string, keyring: Keyring, { format, to, suffix }: Step): Promise<Digest> {
    const reader = rig.ours({ keyring, commitmentPolicy: readingPolicy(format) });
    const { Body } = await reader.getObject({
      ...{ Bucket: rig.bucket, Key, instructionFileSuffix: suffix },
      ...contextOf(to),
    });
    return digestOf(await Body.transformToByteArray());
  }
  const theyRead = async (oracle: Oracle, key: string, by: Key, { format, to, suffix }: Step) =>
    (await oracle.ask('read', {
      ...{ bucket: rig.bucket, key, instructionFileSuffix: suffix },
      client: { keyring: by.theirs, commitmentPolicy: readingPolicy(format) },
      ...contextOf(to),
    })) as Digest;

  /** The new key opens it, and the old one no longer, unless its own instruction file stayed. */
  async function checkWeRead(key: string, step: Step): Promise<void> {
    checkDigest(await weRead(key, step.to.ours, step), expectedDigest(size.bytes));
    if (step.from === step.to) return;
    await weRefuse(weRead(key, step.from.ours, step), ['unwrap-failed', 'no-key-fits', 'wrap-unsupported']);
  }
  async function checkTheyRead(oracle: Oracle, key: string, step: Step): Promise<void> {
    checkDigest(await theyRead(oracle, key, step.to, step), expectedDigest(size.bytes));
    if (step.from === step.to) return;
    await theyRefuse(theyRead(oracle, key, step.from, step), /S3EncryptionClientException/);
  }
  const theyReEncrypt = (oracle: Oracle, key: string, { format, from, to, suffix }: Step) =>
    oracle.ask('re-encrypt', {
      ...{ bucket: rig.bucket, key, newKeyring: to.theirs, enforceRotation: true },
      // The client puts the dot before it.
      newSuffix: suffix?.slice(1),
      client: { keyring: from.theirs, commitmentPolicy: writingPolicy(format), instructionFile: true },
    });
  const weReEncrypt = (Key: string, { format, from, to, suffix }: Step) =>
    rig.ours({ keyring: from.ours, commitmentPolicy: readingPolicy(format) }).reEncrypt({
      ...{ Bucket: rig.bucket, Key, newKeyring: to.ours, enforceRotation: from !== to },
      newInstructionFileSuffix: suffix,
      ...contextOf(from),
      ...(to.kind === 'KMS' && { newEncryptionContext: encryptionContext }),
      // KMS keys have no description of their own.
      allowSameDescription: from === to,
    });

  const cell = (
    place: { row: readonly string[]; column: string },
    step: Step,
    cannotBe: string | undefined,
    run: (oracle: Oracle) => Promise<void>,
  ): Cell => {
    const why = refusalIn(client.id, 'read', wayOf(step)) ?? cannotBe;
    if (why !== undefined) return { ...place, cannotBe: why };
    return {
      ...place,
      run: async () => {
        if ('oracle' in client) await run(client.oracle);
      },
    };
  };
  const notRun = 'missing' in client ? client.missing : undefined;

  const theirsRows = [
    { title: 'in its place', suffix: undefined },
    { title: 'beside it, as .partner', suffix: '.partner' },
  ];
  const theirsOnOurs: Group = {
    title: `Written here, re-encrypted by ${client.title}`,
    text: 'ReEncryptInstructionFile, rotation enforced. The new key must open the object here, and the old one must not.',
    rowTitles: ['format', 'new instruction file'],
    columns: changes.map(({ title }) => title),
    notRun,
    cells: formats.flatMap((format) =>
      theirsRows.flatMap(({ title, suffix }) =>
        changes.map(({ from, to, title: column }) => {
          const step: Step = {
            ...{ format, envelope: 'instruction file', suffix },
            ...{ from: rig.keys[from], to: newKeys[to] },
          };
          const cannotBe =
            from === 'KMS' || to === 'KMS'
              ? 'the client re-encrypts between raw keys alone'
              : suffix && to === 'AES'
                ? 'the client takes another suffix for RSA keys alone'
                : undefined;
          return cell({ row: [format, title], column }, step, cannotBe, async (oracle) => {
            const key = await rig.weWrite(wayOf(step), size);
            await theyReEncrypt(oracle, key, step);
            await checkWeRead(key, step);
            if (suffix) checkDigest(await rig.weRead(key, wayOf(step)), expectedDigest(size.bytes));
          });
        }),
      ),
    ),
  };

  const oursRows = [
    { title: 'metadata', envelope: 'metadata', suffix: undefined },
    { title: 'instruction file, in its place', envelope: 'instruction file', suffix: undefined },
    { title: 'instruction file, beside it', envelope: 'instruction file', suffix: '.partner' },
  ] as const;
  const oursOnTheirs: Group = {
    title: `Written by ${client.title}, re-encrypted here`,
    text: 'The new key must open the object there, and the old one must not.',
    rowTitles: ['format', 'envelope'],
    columns: changes.map(({ title }) => title),
    notRun,
    cells: formats.flatMap((format) =>
      oursRows.flatMap(({ title, envelope, suffix }) =>
        changes.map(({ from, to, title: column }) => {
          const step: Step = { format, envelope, suffix, from: rig.keys[from], to: newKeys[to] };
          const cannotBe =
            suffix && to === 'KMS'
              ? 'the client takes either another suffix or an encryption context'
              : undefined;
          return cell({ row: [format, title], column }, step, cannotBe, async (oracle) => {
            const key = await rig.theyWrite(oracle, wayOf(step), size);
            await weReEncrypt(key, step);
            await checkTheyRead(oracle, key, step);
          });
        }),
      ),
    ),
  };
  return [theirsOnOurs, oursOnTheirs];
}

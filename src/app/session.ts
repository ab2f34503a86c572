import { EnvelopeError } from '../core/errors.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { createChoosingKeyring } from '../core/keyrings/choosing-keyring.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import { createKmsKeyring } from '../core/keyrings/kms-keyring.ts';
import { type Envelope, maxPlaintextBytes } from '../core/s3ec/s3ec.ts';
import { createShare } from '../share/create-share.ts';
import { formatLink } from '../share/link.ts';
import { createDownloads, type Downloads } from '../transfer/downloads.ts';
import { createFiles, type FileEntry, type Files, type Lock } from '../transfer/files.ts';
import { sweepStaging } from '../transfer/sinks/staging.ts';
import { createUploads, type Uploads } from '../transfer/uploads.ts';
import { keyFileName, readKeyFile, writeKeyFile } from '../vault/key-file.ts';
import { describedKey, describeKey, drawPersonalKey } from '../vault/personal-key.ts';
import { type Holding, loadHolding, saveHolding } from '../vault/vault.ts';
import { type Config, loadConfig } from './config.ts';
import { forcedDownloadWay } from './download-way.ts';
import { requireSecureContext } from './secure-context.ts';

/** What the screens of the person who sends work with, once it is settled who holds the key. */
export interface Session {
  readonly lock:
    | { readonly kind: 'personal'; readonly fingerprint: string }
    | { readonly kind: 'kms'; readonly label: string };
  readonly bucket: string;
  readonly region: string;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly files: Files;
  /** Bytes of the largest file that can be stored, said before anything is dropped. */
  readonly largestFile: number;
  /** Days until a link's copy is deleted. */
  readonly linkDays: number;
  /** Starts the download of a stored file; call it in the click's own turn. */
  download(entry: FileEntry): void;
  /** Copies the ciphertext for the link (inside S3) and gives the link; nothing is shared if it rejects. */
  share(entry: FileEntry, signal?: AbortSignal): Promise<{ readonly url: string; readonly expires: Date }>;
  /** What the personal key's backup file was called, to look for it; undefined where KMS holds the key. */
  readonly keyFileName?: string;
}

/** A key made in this page. It is kept only once `confirm` is called, after its backup was saved. */
export interface NewKey {
  readonly fingerprint: string;
  readonly backup: { readonly fileName: string; readonly blob: Blob };
  confirm(): Promise<Session>;
}

/** A first visit: nobody has said yet who holds the key. */
export interface Welcome {
  /** Present where the deployment has a KMS key. */
  readonly kms?: { readonly label: string };
  makeKey(): Promise<NewKey>;
  useKms(): Promise<Session>;
  /** From a backup file; rejects with `key-file-invalid`. */
  restoreKey(file: Blob): Promise<Session>;
}

export type Start =
  | { readonly kind: 'first-visit'; readonly welcome: Welcome }
  | { readonly kind: 'ready'; readonly session: Session };

/** The SDK is most of the app's weight, so it is fetched while the rest starts. */
const loadAws = () => import('../store/aws/aws.ts');
type Aws = Awaited<ReturnType<typeof loadAws>>;

/** Reads config.json and what this browser keeps. Rejects with the `EnvelopeError` to show. */
export async function start(): Promise<Start> {
  requireSecureContext();
  const [config, aws] = await Promise.all([loadConfig(), loadAws()]);
  void sweepStaging();
  const deployment = config.credentials.identityPoolId;

  async function settle(holding: Holding): Promise<Session> {
    await saveHolding(deployment, holding);
    return openSession(config, aws, holding);
  }

  const holding = await loadHolding(deployment);
  if (holding) return { kind: 'ready', session: openSession(config, aws, holding) };
  return {
    kind: 'first-visit',
    welcome: {
      ...(config.kms && { kms: { label: config.kms.label } }),
      async makeKey() {
        const identityId = await aws.createGuest(guestOptions(config));
        const { key, raw } = await drawPersonalKey();
        const backup = writeKeyFile(raw, key, identityId);
        raw.fill(0);
        return {
          fingerprint: key.fingerprint,
          backup,
          confirm: () => settle({ kind: 'personal', identityId, key }),
        };
      },
      async useKms() {
        return settle({ kind: 'kms', identityId: await aws.createGuest(guestOptions(config)) });
      },
      async restoreKey(file) {
        return settle({ kind: 'personal', ...(await readKeyFile(file)) });
      },
    },
  };
}

function openSession(config: Config, aws: Aws, holding: Holding): Session {
  const { bucket, region, links } = config;
  const credentials = aws.guestCredentials(guestOptions(config), holding.identityId);
  const store = aws.createS3Store({
    bucket,
    region,
    credentials,
    ...(config.s3Endpoint && { endpoint: config.s3Endpoint }),
  });
  const keyring = createKeyring(config, aws, holding, credentials);
  const prefix = `files/${holding.identityId}/`;
  const lockOf = (envelope: Envelope) => describeLock(envelope, holding);

  const files = createFiles({ store, prefix, keyring, lockOf });
  const downloads = createDownloads({ store, way: forcedDownloadWay() });
  return {
    lock:
      holding.kind === 'personal'
        ? { kind: 'personal', fingerprint: holding.key.fingerprint }
        : { kind: 'kms', label: config.kms?.label ?? '' },
    bucket,
    region,
    files,
    downloads,
    uploads: createUploads({ store, keyring, prefix, onStored: files.add }),
    largestFile: maxPlaintextBytes,
    linkDays: links.days,
    ...(holding.kind === 'personal' && { keyFileName: keyFileName(holding.key.fingerprint) }),

    download({ key, name, size }) {
      downloads.start({ key, name: name ?? key, size, keyring });
    },

    async share({ key, name }, signal) {
      const secret = await createShare({
        store,
        keyring,
        files: [{ key, name: name ?? key }],
        prefix: 'shared/',
        signal,
      });
      const url = await formatLink(`${location.origin}${location.pathname}`, secret);
      return { url, expires: new Date(Date.now() + links.days * 86_400_000) };
    },
  };
}

/** The holder's key locks; where the deployment has a KMS key, what that locked is opened as well. */
function createKeyring(
  config: Config,
  aws: Aws,
  holding: Holding,
  credentials: ReturnType<Aws['guestCredentials']>,
): Keyring {
  const kms =
    config.kms &&
    createKmsKeyring({
      keyId: config.kms.keyId,
      client: aws.createKmsClient({
        region: config.region,
        credentials,
        ...(config.kmsEndpoint && { endpoint: config.kmsEndpoint }),
      }),
    });
  if (holding.kind === 'personal') {
    const { wrappingKey, fingerprint } = holding.key;
    const personal = createAesKeyring({ wrappingKey, materialsDescription: describeKey(fingerprint) });
    return kms ? createChoosingKeyring(personal, kms) : personal;
  }
  if (!kms) {
    throw new EnvelopeError('config-invalid', 'config.json names no KMS key, and KMS holds the key here', {
      details: { field: 'kms', expected: 'the KMS key that this browser was set up with' },
    });
  }
  return kms;
}

function describeLock({ wrapAlgorithm, description }: Envelope, holding: Holding): Lock {
  if (wrapAlgorithm === 'kms+context') return { kind: 'kms' };
  const fingerprint = wrapAlgorithm === 'AES/GCM' ? describedKey(description) : undefined;
  if (fingerprint === undefined) return { kind: 'other' };
  const held = holding.kind === 'personal' && holding.key.fingerprint === fingerprint;
  return { kind: 'personal', fingerprint, held };
}

function guestOptions({ region, credentials, cognitoEndpoint }: Config) {
  return {
    region,
    identityPoolId: credentials.identityPoolId,
    ...(cognitoEndpoint && { endpoint: cognitoEndpoint }),
  };
}

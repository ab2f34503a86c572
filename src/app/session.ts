import { EnvelopeError } from '../core/errors.ts';
import type { WrapFacts } from '../core/keyrings/keyring.ts';
import { createShare } from '../share/create-share.ts';
import { formatLink } from '../share/link.ts';
import { canBuildLargeBodies } from '../store/large-body.ts';
import { createPathReader } from '../store/path-reader.ts';
import { requestOf } from '../transfer/download-request.ts';
import { createDownloads, type Downloads } from '../transfer/downloads.ts';
import { createFiles, type FileEntry, type Files, type Lock } from '../transfer/files.ts';
import { openJournal } from '../transfer/journal.ts';
import { lockPage } from '../transfer/page-lock.ts';
import { largestFile } from '../transfer/plan.ts';
import { createUploads, type Uploads, type UploadsOptions } from '../transfer/uploads.ts';
import { zipName } from '../transfer/zip/zip-name.ts';
import { keyFileName, readKeyFile, writeKeyFile } from '../vault/key-file.ts';
import { describedKey, drawPersonalKey, type PersonalKey } from '../vault/personal-key.ts';
import { type Holding, keepHolding, loadHolding } from '../vault/vault.ts';
import type { Backend, SignIn } from './backends/backend.ts';
import { cognitoBackend } from './backends/cognito.ts';
import { presignedBackend } from './backends/presigned.ts';
import { type Config, loadConfig } from './config.ts';
import { splitPath } from './display-name.ts';
import { forcedDownloadWay } from './download-way.ts';
import { forcedFormat } from './forced-format.ts';
import { createHoldersKeyring } from './holders-keyring.ts';
import { type Previewed, previewed } from './preview/previewable.ts';
import { requireBrowser } from './require-browser.ts';

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
  /** The same for several files, as one zip, with the paths that they have. */
  downloadZip(entries: readonly FileEntry[]): void;
  /** A stored file to look at, of a name that `isPreviewable`. */
  preview(entry: FileEntry): Previewed;
  /** Copies the ciphertext for the link (inside S3) and gives the link; nothing is shared if it rejects. */
  share(entry: FileEntry, signal?: AbortSignal): Promise<{ readonly url: string; readonly expires: Date }>;
  /** As whom this person acts, where somebody says so. */
  readonly account?: string;
  /** Forgets who this is, which a page without it does not know. */
  readonly signOut?: () => void;
  /** Where people are known by an access code, to ask for it again when it is refused. */
  readonly signIn?: SignIn;
  /** Another tab settled who holds the key while this one asked, and not as this one would have. */
  readonly keyOfOtherTab?: boolean;
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
  /** The organisation knows people by an access code. */
  | {
      readonly kind: 'sign-in';
      /** Rejects with `sign-in-refused` for a code that is not accepted. */
      enter(code: string): Promise<Start>;
    }
  | { readonly kind: 'first-visit'; readonly welcome: Welcome }
  | { readonly kind: 'ready'; readonly session: Session };

/** Reads config.json and what this browser keeps. Rejects with the `EnvelopeError` to show. */
export async function start(): Promise<Start> {
  requireBrowser();
  const opening = openRecord();
  // Where it fails it is told below, unless something fails before.
  opening.catch(() => undefined);
  const config = await loadConfig();
  const { credentials } = config;
  const begun = async (backend: Backend) => begin({ config, backend, record: await opening });
  if (credentials.kind === 'cognito-guest') return begun(await cognitoBackend(config, credentials));
  const enter = await presignedBackend(config, credentials);
  if (credentials.signIn === 'cookie') return begun(await enter());
  return { kind: 'sign-in', enter: async (code) => begun(await enter(code)) };
}

interface Setting {
  readonly config: Config;
  readonly backend: Backend;
  readonly record: UploadsOptions['record'];
}

async function begin(setting: Setting): Promise<Start> {
  const { config, backend } = setting;
  const { deployment, identityOf } = backend;

  async function settle(holding: Holding): Promise<Session> {
    const kept = await keepHolding(deployment, holding);
    const session = openSession(setting, kept);
    return isSameKey(kept, holding) ? session : { ...session, keyOfOtherTab: true };
  }

  async function settleKey(key: PersonalKey, identityId: string | undefined): Promise<Session> {
    return settle({ kind: 'personal', key, ...(identityId !== undefined && { identityId }) });
  }

  const holding = await loadHolding(deployment);
  if (holding) return { kind: 'ready', session: openSession(setting, holding) };
  return {
    kind: 'first-visit',
    welcome: {
      ...(config.kms && { kms: { label: config.kms.label } }),
      async makeKey() {
        const identityId = await identityOf(undefined);
        const { key, raw } = await drawPersonalKey();
        const backup = writeKeyFile(raw, key, identityId);
        raw.fill(0);
        return { fingerprint: key.fingerprint, backup, confirm: () => settleKey(key, identityId) };
      },
      async useKms() {
        const identityId = await identityOf(undefined);
        if (identityId === undefined) throw new EnvelopeError('internal-error', 'there is no KMS here');
        return settle({ kind: 'kms', identityId });
      },
      async restoreKey(file) {
        const { key, identityId } = await readKeyFile(file);
        return settleKey(key, await identityOf(identityId));
      },
    },
  };
}

function isSameKey(one: Holding, other: Holding): boolean {
  if (one.kind === 'personal' && other.kind === 'personal') {
    return one.key.fingerprint === other.key.fingerprint;
  }
  return one.kind === other.kind;
}

/** Unfinished uploads are taken up where the browser keeps them and tells which page works on what. */
async function openRecord(): Promise<UploadsOptions['record']> {
  const [journal, lock] = await Promise.all([openJournal(), lockPage()]);
  return journal && lock && { journal, lock };
}

function openSession({ config, backend, record }: Setting, holding: Holding): Session {
  const { bucket, region, links } = config;
  const { prefix, store, transferStore, kms } = backend.open(holding.identityId);
  const keyring = createHoldersKeyring({
    ...(holding.kind === 'personal' && { personal: holding.key }),
    ...(config.kms && kms && { kms: { keyId: config.kms.keyId, client: kms } }),
  });
  const lockOf = (wraps: readonly WrapFacts[]) => describeLock(wraps, holding);

  const files = createFiles({ store, prefix, keyring, lockOf });
  const downloads = createDownloads({
    store: transferStore,
    way: forcedDownloadWay(),
    earlier: {
      belongs: (key) => key.startsWith(prefix),
      async exists(key) {
        await listed(files);
        return files.snapshot().entries.some((entry) => entry.key === key);
      },
      async request(key, archive) {
        const known = files.snapshot().entries.find((entry) => entry.key === key);
        const {
          name = key,
          size,
          etag,
        } = known?.name === undefined ? await requestOf(store, key, keyring) : known;
        return { key, name: archive ? name : leafOf(name), size, etag, keyring };
      },
    },
  });
  return {
    lock:
      holding.kind === 'personal'
        ? { kind: 'personal', fingerprint: holding.key.fingerprint }
        : { kind: 'kms', label: config.kms?.label ?? '' },
    bucket,
    region,
    files,
    downloads,
    uploads: createUploads({
      store: transferStore,
      keyring,
      prefix,
      onStored: files.add,
      format: forcedFormat(),
      record,
    }),
    largestFile: largestFile(canBuildLargeBodies()),
    linkDays: links.days,
    ...(backend.name !== undefined && { account: backend.name }),
    // The code is in this page's memory alone.
    ...(backend.signIn && { signIn: backend.signIn, signOut: () => location.reload() }),
    ...(holding.kind === 'personal' && { keyFileName: keyFileName(holding.key.fingerprint) }),

    download({ key, name, size, etag }) {
      downloads.start({ key, name: leafOf(name ?? key), size, etag, keyring });
    },

    downloadZip(entries) {
      const requests = entries.map(({ key, name = key, size, etag }) => ({ key, name, size, etag, keyring }));
      downloads.startZip({ name: zipName(requests.map(({ name }) => name)), files: requests });
    },

    preview({ key, name, size, etag }) {
      return previewed({ store, request: { key, name: leafOf(name ?? key), size, etag, keyring } });
    },

    async share({ key, name, etag }, signal) {
      const secret = await createShare({
        store,
        keyring,
        // Whoever gets the link learns nothing of the folders it came from.
        files: [{ key, name: leafOf(name ?? key), etag }],
        prefix: 'shared/',
        reader: createPathReader(new URL(links.path, location.origin)),
        signal,
      });
      const url = await formatLink(`${location.origin}${location.pathname}`, secret);
      return { url, expires: new Date(Date.now() + links.days * 86_400_000) };
    },
  };
}

const leafOf = (path: string): string => splitPath(path).leaf;

/** Resolves once S3 has said what is there. */
function listed(files: Files): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (files.snapshot().state !== 'ready') return;
      stop();
      resolve();
    };
    const stop = files.subscribe(look);
    look();
  });
}

/** Told by our own key where that is one of them, so that a file never looks as if it were another's. */
function describeLock(wraps: readonly WrapFacts[], holding: Holding): Lock {
  const held = holding.kind === 'personal' ? holding.key.fingerprint : undefined;
  const locks = wraps.map(({ wrapAlgorithm, description }): Lock => {
    if (wrapAlgorithm === 'kms+context') return { kind: 'kms' };
    const fingerprint = wrapAlgorithm === 'AES/GCM' ? describedKey(description) : undefined;
    if (fingerprint === undefined) return { kind: 'other' };
    return { kind: 'personal', fingerprint, held: fingerprint === held };
  });
  const opens = (lock: Lock) => lock.kind === 'kms' || (lock.kind === 'personal' && lock.held);
  return locks.find(opens) ?? locks[0] ?? { kind: 'other' };
}

import { EnvelopeError, type ErrorCode, type ErrorDetails } from '../../core/errors.ts';
import { formatBytes } from '../format.ts';

/** What somebody was doing, which decides what an error means for their file. */
export type During = 'start' | 'key' | 'list' | 'upload' | 'download' | 'share' | 'delete' | 'link';

/** What happened, what it means for the file, what to do next; in this order. */
export interface ErrorText {
  readonly title: string;
  readonly means: string;
  readonly next: string;
  /** Whether the same thing done once more can end otherwise. */
  readonly again: boolean;
}

interface Copy {
  readonly title: string | ((details: ErrorDetails) => string);
  /** A sentence on the cause, before the one on the file. */
  readonly cause?: string | ((details: ErrorDetails) => string);
  /** In place of the action's own consequence. */
  readonly means?: Partial<Record<During, string>>;
  readonly next: string | ((details: ErrorDetails) => string);
  readonly again?: boolean;
}

const consequences: Record<During, string> = {
  start: 'No file was sent or changed.',
  key: 'Nothing was kept and no file was touched.',
  list: 'Your stored files are untouched.',
  upload: 'The file on this device is unchanged; it is not stored.',
  download: 'Nothing was saved on this device; the stored file is untouched.',
  share: 'There is no link; nothing was shared.',
  delete: 'The file is still stored.',
  link: 'Nothing was saved on this device.',
};

const askKeeper = 'Ask whoever runs this site';
const freshCopy = 'Don’t trust this copy. Ask whoever stored the file to store it again.';

function named(details: ErrorDetails, field: string, before = ' “', after = '”'): string {
  const value = details[field];
  return value === undefined ? '' : `${before}${String(value)}${after}`;
}

function bytes(details: ErrorDetails, ...fields: readonly string[]): string | undefined {
  const value = fields.map((field) => details[field]).find((found) => typeof found === 'number');
  return value === undefined ? undefined : formatBytes(value);
}

/** One entry for every code there is; the compiler and a test see to it. */
const copy: Record<ErrorCode, Copy> = {
  'config-unreadable': {
    title: 'This site’s settings could not be read',
    next: 'Reload the page. If that does not help, whoever runs this site should check that config.json is there and is valid JSON.',
    again: true,
  },
  'config-invalid': {
    title: (details) => `This site’s settings have a mistake${named(details, 'field', ' in “')}`,
    cause: (details) =>
      named(details, 'reason', 'It ', '.') || named(details, 'expected', 'It should be ', '.'),
    next: 'Whoever runs this site should correct it in config.json, then reload this page.',
    again: true,
  },
  'insecure-context': {
    title: 'This page was not opened over a safe connection',
    cause: 'Browsers lock files only on pages that came over HTTPS (elsewhere crypto.subtle is missing).',
    next: 'Open this page with https:// at the front of its address.',
  },
  'bad-argument': {
    title: 'This app asked itself for something impossible',
    next: `Try again. If it comes back, tell whoever runs this site the code below.`,
    again: true,
  },
  'reserved-context-key': {
    title: (details) => `A label on this file uses a name that AWS keeps for itself${named(details, 'key')}`,
    cause: 'Labels (the encryption context) may not begin with “aws:” or “aws-crypto-”.',
    next: `${askKeeper} to rename the label.`,
  },
  'policy-mismatch': {
    title: 'This site’s rules for locking contradict each other',
    cause: 'Its commitment policy and its algorithm do not go together.',
    next: `${askKeeper} to correct its settings.`,
  },
  'bucket-not-found': {
    title: (details) => `The storage${named(details, 'bucket', ' “')} was not found`,
    cause: 'There is no S3 bucket of that name in this region.',
    next: `${askKeeper} to check “bucket” and “region” in config.json.`,
    again: true,
  },
  'kms-key-not-found': {
    title: (details) => `The AWS KMS key${named(details, 'key', ' “')} was not found`,
    cause: 'Without it, files can be neither locked nor unlocked here.',
    next: `${askKeeper} to check “kms.keyId” in config.json.`,
    again: true,
  },
  'identity-unknown': {
    title: 'The sign-in service does not know this identity any more',
    cause:
      'The key or its backup was made with another Amazon Cognito identity pool, or the identity was removed.',
    next: `${askKeeper} whether the pool was replaced. The files are still in the bucket, and the key still opens them.`,
    again: true,
  },
  'identity-pool-refused': {
    title: 'The sign-in service did not let this page in',
    cause: 'The Amazon Cognito identity pool is missing or does not admit guests.',
    next: `${askKeeper} to check “credentials.identityPoolId” in config.json.`,
    again: true,
  },
  'cors-header-hidden': {
    title: (details) =>
      `The storage hides something this page needs${named(details, 'header', ': the header “')}`,
    cause: 'The answer came, but the bucket’s CORS rules do not let a page read that header.',
    next: (details) =>
      `${askKeeper} to add${named(details, 'header', ' “') || ' it'} to ExposeHeaders in the bucket’s CORS rules.`,
    again: true,
  },
  'cors-refused': {
    title: 'The storage does not answer to this page',
    cause: (details) =>
      `Its CORS rules do not allow this site${named(details, 'origin', ' (', ')')}, or there is no bucket of that name${named(details, 'bucket')}.`,
    next: `${askKeeper} to check “bucket” and “region” in config.json, and to allow this site’s address in the bucket’s CORS rules.`,
    again: true,
  },

  'access-denied': {
    title: 'The storage does not allow this',
    cause: 'A permission is missing (access denied by S3, KMS or a policy).',
    next: `${askKeeper} to check the permissions of the role and the bucket.`,
    again: true,
  },
  'credentials-refused': {
    title: 'This page’s pass to the storage was refused',
    cause: 'Its temporary AWS credentials are not valid.',
    next: 'Reload the page to get a new pass.',
    again: true,
  },
  'credentials-expired': {
    title: 'This page’s pass to the storage has run out',
    next: 'Try again; a new pass is fetched by itself. If that does not help, reload the page.',
    again: true,
  },
  'clock-skew': {
    title: 'This device’s clock is wrong',
    cause: 'AWS refuses requests that are more than 15 minutes off.',
    next: 'Set the clock to the right time, then try again.',
    again: true,
  },
  'kms-key-disabled': {
    title: 'The AWS KMS key is switched off',
    cause: 'It is disabled or about to be deleted; until it is back, nothing it locked can be opened.',
    next: `${askKeeper} to switch it on again in AWS KMS.`,
    again: true,
  },
  'network-failed': {
    title: 'The connection dropped',
    means: { delete: 'The storage did not answer, so the file may be gone or not; the list will tell.' },
    next: 'Check the network, then try again.',
    again: true,
  },
  'service-failed': {
    title: 'The storage is having trouble',
    cause: (details) => `Amazon’s service answered with an error${named(details, 'status', ' (', ')')}.`,
    next: 'Wait a minute, then try again.',
    again: true,
  },
  'request-refused': {
    title: 'The storage refused the request',
    cause: (details) => named(details, 'status', 'It answered with status ', '.'),
    next: 'Try again. If it comes back, tell whoever runs this site the code below.',
    again: true,
  },
  'object-not-found': {
    title: 'The file is not there any more',
    cause: 'It was deleted, here or elsewhere.',
    means: { download: 'Nothing was saved on this device.', delete: 'There is nothing left to delete.' },
    next: 'Refresh the list to see what is stored.',
  },
  'object-changed': {
    title: 'The stored file was replaced meanwhile',
    cause: 'What had arrived belonged to the older one and was thrown away.',
    next: 'Try again to get the one that is stored now.',
    again: true,
  },
  'upload-gone': {
    title: 'The storage no longer knows this upload',
    cause: 'It was ended from elsewhere, or cleared away after some days.',
    next: 'Try again; it starts from the beginning.',
    again: true,
  },

  'metadata-invalid': {
    title: 'The file’s envelope is damaged',
    cause: (details) => `A note on how to open it is not as it was written${named(details, 'field')}.`,
    next: freshCopy,
  },
  'metadata-mixed': {
    title: 'The file’s envelope contradicts itself',
    cause: 'It carries notes of two different formats.',
    next: freshCopy,
  },
  'metadata-incomplete': {
    title: 'The file’s envelope has lost a part',
    cause: (details) => `A note on how to open it is missing${named(details, 'field')}.`,
    next: freshCopy,
  },
  'commitment-mismatch': {
    title: 'The key does not belong to this file',
    cause: 'The file names its key (key commitment), and it names another one; somebody exchanged something.',
    next: freshCopy,
  },
  'tag-mismatch': {
    title: 'The file was changed after it was locked',
    cause: 'Its seal (the authentication tag) does not fit its content.',
    next: freshCopy,
  },
  'content-invalid': {
    title: 'The file’s content does not open',
    cause: 'It was locked by an old program, without a seal that could tell why.',
    next: freshCopy,
  },
  truncated: {
    title: 'The stored file is cut short',
    cause: 'Its end is missing.',
    next: freshCopy,
  },
  'length-mismatch': {
    title: 'The stored file has the wrong length',
    cause: 'It is not as long as it was when it was locked.',
    next: freshCopy,
  },
  'checksum-mismatch': {
    title: 'Something was damaged on the way',
    cause: 'What arrived is not what was sent (its checksum differs), so it was refused.',
    next: 'Try again. If it comes back, check this device and its network.',
    again: true,
  },
  'manifest-invalid': {
    title: 'What this link leads to is damaged',
    cause: 'Its list of files is not as it was written.',
    next: 'Ask whoever sent the link to make a new one.',
  },
  'frame-invalid': {
    title: 'The pieces of the file are not in order',
    cause: 'One of them is missing, comes twice, or is not where it was when the file was locked.',
    next: freshCopy,
  },
  'signature-mismatch': {
    title: 'The signature on this file is not valid',
    cause: 'Something was changed by somebody who has the key but is not the one who signed.',
    next: freshCopy,
  },

  'unwrap-failed': {
    title: 'This key does not open the file',
    means: { download: 'The file is intact as far as anybody can tell. Nothing was saved on this device.' },
    next: 'Use the key it was locked with.',
  },
  'no-key-fits': {
    title: 'None of your keys opens this file',
    means: { download: 'The file is intact as far as anybody can tell. Nothing was saved on this device.' },
    next: 'Use the key it was locked with, from its key file.',
  },
  'context-mismatch': {
    title: 'The label on this file is not the expected one',
    cause: 'Its label (the encryption context) must be the same as when it was locked.',
    next: `${askKeeper} which label belongs to this file.`,
  },
  'data-key-invalid': {
    title: 'The key inside the envelope can’t be used',
    cause: 'It opened, but what came out is not a key of the right length.',
    next: freshCopy,
  },

  'commitment-required': {
    title: 'This file was locked in an older way',
    cause: 'It does not say which key opens it (no key commitment), and this site opens only files that do.',
    next: 'Ask whoever stored it to store it again with a current program.',
  },
  'legacy-not-allowed': {
    title: 'This file was locked by an old program',
    cause: 'Its way of locking no longer counts as safe, so it is not opened here.',
    next: 'Ask whoever stored it to store it again with a current program.',
  },
  'signed-not-allowed': {
    title: 'This file is signed, and its signature comes last',
    cause: 'It can’t be checked before the whole file is there, and was asked for piece by piece.',
    next: 'Open the file as a whole.',
  },
  'limit-exceeded': {
    title: 'This file asks for more than is allowed here',
    cause: (details) => named(details, 'what', 'What it has too much of: ', '.'),
    next: `${askKeeper} whether its limits should be raised for this file.`,
  },
  'algorithm-unsupported': {
    title: 'This file is locked in a way this app does not know',
    means: { download: 'The file is intact as far as anybody can tell. Nothing was saved on this device.' },
    next: 'Open it with the program that stored it.',
  },
  'wrap-unsupported': {
    title: 'This file’s key is wrapped in a way this app can’t open',
    means: { download: 'The file is intact as far as anybody can tell. Nothing was saved on this device.' },
    next: 'Open it with the program that stored it.',
  },
  'too-large': {
    title: (details) => {
      const limit = bytes(details, 'maxPlaintextBytes', 'limit');
      return limit ? `This file is larger than ${limit}` : 'This file is too large';
    },
    cause: 'One envelope can’t hold that much.',
    next: 'Split it into smaller files, then add those.',
  },

  'not-encrypted': {
    title: 'This file is not locked',
    cause:
      'It lies in the storage without an envelope, and is not opened here, so that it can’t pass for a locked one.',
    means: { list: '', download: 'Nothing was saved on this device.' },
    next: 'If it should be locked, delete it and add the file here.',
  },

  'file-changed': {
    title: 'The file changed while it was being read',
    next: 'Once no program writes to it any more, choose it again.',
  },
  'file-unreadable': {
    title: 'The file could not be read',
    cause: 'It was moved, renamed or deleted, or it lies in a cloud folder and is not on this device yet.',
    means: { upload: 'It is not stored.' },
    next: 'See that it opens on this device, then choose it again.',
  },
  'entry-unreadable': {
    title: 'This part of the folder could not be read',
    means: { upload: 'It is not stored; the rest of the folder goes on.' },
    next: 'See that it opens on this device, then choose it again.',
  },
  'key-file-invalid': {
    title: 'This is not a key file',
    cause: 'It holds no key of this app, or it has been changed.',
    next: 'Choose the file that was saved when the key was made.',
    again: true,
  },
  'link-missing-secret': {
    title: 'The key is missing from this address',
    cause:
      'A link carries the key to its file behind the # sign, and this page takes it out of the address once it has read it.',
    next: 'Open the link once more from the message it came in, whole and not from the browser’s history.',
  },
  'link-incomplete': {
    title: 'This link is cut short',
    cause: 'Its last characters are missing; mail programs often break long links in two.',
    next: 'Copy the whole link from the message, to its very last character, and open that.',
  },
  'link-damaged': {
    title: 'This link has a mistake in it',
    cause: 'At least one character is not as it was sent.',
    next: 'Copy the link from the message again instead of typing it, or ask for a new one.',
  },
  'link-gone': {
    title: 'This link leads nowhere any more',
    cause: 'Its time has run out, or its file was deleted.',
    next: 'Ask whoever sent it for a new link.',
  },

  'device-storage-refused': {
    title: 'This browser does not let the page keep anything',
    cause: 'That is so in some private windows, and where data of sites is blocked.',
    next: 'Use a normal window, or allow this site to keep data, then try again.',
    again: true,
  },
  'device-full': {
    title: 'There is not enough room on this device',
    cause: (details) => {
      const needed = bytes(details, 'needed');
      const available = bytes(details, 'available');
      if (!needed) return '';
      return available ? `${needed} are needed, ${available} can be had.` : `${needed} are needed.`;
    },
    next: 'Make room, or use another browser or device, then try again.',
    again: true,
  },
  'random-failed': {
    title: 'This browser gives no good random numbers',
    cause: 'Without them no key is safe, so nothing was locked.',
    next: 'Restart the browser, or use another one.',
  },

  cancelled: {
    title: 'Cancelled',
    next: 'Start again whenever you like.',
    again: true,
  },
  'internal-error': {
    title: 'Something went wrong inside this app',
    next: 'Reload the page and try again. If it comes back, tell whoever runs this site the code below.',
    again: true,
  },
};

const say = (text: string | ((details: ErrorDetails) => string), details: ErrorDetails) =>
  typeof text === 'string' ? text : text(details);

/** The words for a code. `means` is never empty: it tells the cause, then what becomes of the file. */
export function errorText(code: ErrorCode, details: ErrorDetails, during: During): ErrorText {
  const { title, cause = '', means, next, again = false } = copy[code];
  const meaning = [say(cause, details), means?.[during] ?? consequences[during]].filter(
    (part) => part !== '',
  );
  return { title: say(title, details), means: meaning.join(' '), next: say(next, details), again };
}

/** The words for anything thrown, and the code to quote; what is no `EnvelopeError` is a mistake of ours. */
export function describeError(error: unknown, during: During): ErrorText & { readonly code: ErrorCode } {
  const code = error instanceof EnvelopeError ? error.code : 'internal-error';
  const details = error instanceof EnvelopeError ? error.details : {};
  return { code, ...errorText(code, details, during) };
}

import { formatCount } from '../format.ts';
import { askKeeper, bytes, type Copy, named, type OwnerConsequences } from './errors.ts';
import { owner } from './owner.ts';

/** Codes that somebody who only opens a link never meets, or reads other words for. */
export type OwnerErrorCode = keyof typeof ownerErrors;

/** A key file is asked for on a first visit alone, and a profile that has not been here has its first one. */
const useItsKey = {
  means: { download: 'The file is intact as far as anybody can tell. Nothing was saved on this device.' },
  next: `Use the key it was locked with: open this site in another browser profile, choose “${owner.welcome.restore}”, and take that key’s file.`,
} as const;

/** Their words, which the pages of the person who sends add to the others. */
export const ownerErrors = {
  'sign-in-refused': {
    title: (details) =>
      details['signIn'] === 'cookie' ? 'You are not signed in' : 'This access code is not accepted',
    cause: (details) =>
      details['signIn'] === 'cookie'
        ? 'Your organisation lets only people at the storage who have signed in there.'
        : details['reason'] === 'other-person'
          ? 'It belongs to somebody else than the one before.'
          : 'It may have a typing mistake in it, or it is no longer valid.',
    next: (details) =>
      details['signIn'] === 'cookie'
        ? 'Sign in at your organisation in another tab, then try again here.'
        : details['reason'] === 'other-person'
          ? 'Enter your own, or reload the page to see the files of the other person.'
          : 'Enter it once more, or ask your organisation for a new one.',
    again: true,
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
  'metadata-too-large': {
    title: 'This file’s name is too long',
    cause: ({ nameBytes, maxNameBytes }) => {
      const [takes, most] = [nameBytes, maxNameBytes].map((count) => formatCount(Number(count)));
      const why = 'The storage keeps a locked name beside its file, and has little room there';
      if (nameBytes === undefined || maxNameBytes === undefined) return `${why}.`;
      return `${why}: with its folders, this one takes ${takes} bytes of at most ${most}.`;
    },
    next: 'Shorten the name of the file or of one of its folders, then add it again.',
  },
  'unwrap-failed': { title: 'This key does not open the file', ...useItsKey },
  'no-key-fits': { title: 'None of your keys opens this file', ...useItsKey },
  'too-large': {
    title: (details) => {
      const limit = bytes(details, 'maxPlaintextBytes', 'limit');
      return limit ? `This file is larger than ${limit}` : 'This file is too large';
    },
    cause: 'It takes pieces that are larger than this browser can work on at once.',
    next: 'Open it with the program that stored it.',
    upload: { next: 'Split it into smaller files, then add those.', again: false },
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
      details['endpoint'] !== undefined
        ? `The signing service (${String(details['endpoint'])}) answers, but not to pages of this site${named(details, 'origin', ' (', ')')}.`
        : `Its CORS rules do not allow this site${named(details, 'origin', ' (', ')')}, or there is no bucket of that name${named(details, 'bucket')}.`,
    next: (details) =>
      details['endpoint'] !== undefined
        ? `${askKeeper} to let this site’s address ask the signing service (CORS).`
        : `${askKeeper} to check “bucket” and “region” in config.json, and to allow this site’s address in the bucket’s CORS rules.`,
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
  'checksum-mismatch': {
    title: 'Something was damaged on the way',
    cause: 'What arrived is not what was sent (its checksum differs), so it was refused.',
    next: 'Try again. If it comes back, check this device and its network.',
    again: true,
  },
  'upload-gone': {
    title: 'The storage no longer knows this upload',
    cause: 'It was ended from elsewhere, or cleared away after some days.',
    next: 'Try again; it starts from the beginning.',
    again: true,
  },

  'file-changed': {
    title: 'The file changed while it was being read',
    next: 'Once no program writes to it any more, choose it again.',
  },
  'file-unreadable': {
    title: 'The file could not be read',
    cause:
      'It may have been changed, moved or deleted, another program may hold it, or it is in a cloud folder and not on this device yet.',
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
  'random-failed': {
    title: 'This browser gives no good random numbers',
    cause: 'Without them no key is safe, so nothing was locked.',
    next: 'Restart the browser, or use another one.',
  },
} as const satisfies Record<string, Copy>;

/** What an error means for the file, where the code itself says nothing else of it. */
export const ownerConsequences: OwnerConsequences = {
  start: 'No file was sent or changed.',
  key: 'Nothing was kept and no file was touched.',
  list: 'Your stored files are untouched.',
  upload: 'The file on this device is unchanged; it is not stored.',
  download: 'Nothing was saved on this device; the stored file is untouched.',
  share: 'There is no link; nothing was shared.',
  delete: 'What could not be deleted is still stored.',
};

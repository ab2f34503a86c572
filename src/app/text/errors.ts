import { EnvelopeError, type ErrorCode, type ErrorDetails } from '../../core/errors.ts';
import { formatBytes } from '../format.ts';
import type { OwnerErrorCode } from './owner-errors.ts';

/** What somebody was doing, which decides what an error means for their file. */
export type During =
  | 'start'
  | 'key'
  | 'list'
  | 'upload'
  | 'download'
  | 'share'
  | 'delete'
  | 'link'
  | 'preview';

/** What happened, what it means for the file, what to do next; in this order. */
export interface ErrorText {
  readonly title: string;
  readonly means: string;
  readonly next: string;
  /** Whether the same thing done once more can end otherwise. */
  readonly again: boolean;
}

/** The words for a code, as they are written down. */
export interface Copy {
  readonly title: string | ((details: ErrorDetails) => string);
  /** A sentence on the cause, before the one on the file. */
  readonly cause?: string | ((details: ErrorDetails) => string);
  /** In place of the action's own consequence. */
  readonly means?: Partial<Record<During, string>>;
  readonly next: string | ((details: ErrorDetails) => string);
  readonly again?: boolean;
  /** Where an upload wants something else to be done next. */
  readonly upload?: { readonly next: string; readonly again: boolean };
}

/** What a link's page does; the rest only the pages of the person who sends do. */
type LinkDuring = 'link' | 'preview';

export type OwnerConsequences = Readonly<Record<Exclude<During, LinkDuring>, string>>;

const consequences: Record<LinkDuring, string> & Partial<Record<During, string>> = {
  link: 'Nothing was saved on this device.',
  preview: 'Nothing of it is shown.',
};

export const askKeeper = 'Ask whoever runs this site';
/** Whoever runs the site may have mended what was wrong there. */
const sendAnew = {
  next: 'Try again; it is sent anew from the beginning, under a new key. If it comes back, tell whoever runs this site the code below.',
  again: true,
} as const;
const freshCopy = 'Don’t trust this copy. Ask whoever stored the file to store it again.';

/** A detail in its quotes; nothing where it is missing. */
export function named(details: ErrorDetails, field: string, before = ' “', after = '”'): string {
  const value = details[field];
  return value === undefined ? '' : `${before}${String(value)}${after}`;
}

export function bytes(details: ErrorDetails, ...fields: readonly string[]): string | undefined {
  const value = fields.map((field) => details[field]).find((found) => typeof found === 'number');
  return value === undefined ? undefined : formatBytes(value);
}

type Copies = Record<Exclude<ErrorCode, OwnerErrorCode>, Copy> & Partial<Record<OwnerErrorCode, Copy>>;

/**
 * One entry for every code there is, here or in `owner-errors.ts`; the compiler and a test see to it. Of one that is
 * in both, the page of a link says what is here.
 */
const copy: Copies = {
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
  'browser-outdated': {
    title: 'This browser is too old for this page',
    next: 'Update it, or open this page in another one.',
  },
  'access-denied': {
    title: 'The storage does not allow this',
    cause: 'A permission is missing (access denied by S3, KMS or a policy).',
    next: `${askKeeper} to check the permissions of the role and the bucket.`,
    again: true,
  },
  'network-failed': {
    title: 'The connection dropped',
    means: {
      delete: 'The storage did not answer, so what was to be deleted may be gone or not; the list will tell.',
    },
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
    means: {
      download:
        'What had arrived belonged to the older one and was thrown away. Nothing was saved on this device; the stored file is untouched.',
      upload:
        'It is not the one that you chose to replace any more, so nothing was overwritten. The file on this device is unchanged; it is not stored.',
    },
    next: 'Look again at what is stored, then try once more.',
    again: true,
    upload: { next: 'Add the file again; you are asked once more what to do.', again: false },
  },
  'metadata-invalid': {
    title: 'The file’s envelope is damaged',
    cause: (details) => `A note on how to open it is not as it was written${named(details, 'field')}.`,
    next: freshCopy,
    upload: sendAnew,
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
    upload: sendAnew,
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
    next: 'Ask whoever sent the link to make a new one.',
  },
  'no-key-fits': {
    title: 'None of your keys opens this file',
    next: 'Ask whoever sent the link to make a new one.',
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

  'preview-unsupported': {
    title: 'This file can’t be shown here',
    cause: 'It is not what the ending of its name says, or of a kind that this browser does not show.',
    next: 'Save it, and open it with a program of your own if you trust whoever it is from.',
  },

  'not-encrypted': {
    title: 'This file is not locked',
    cause:
      'It lies in the storage without an envelope, and is not opened here, so that it can’t pass for a locked one.',
    means: { list: '', download: 'Nothing was saved on this device.' },
    next: 'If it should be locked, add the original here first, and only then delete this one.',
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
      const [needed, available, inMemory] = ['needed', 'available', 'inMemory'].map((name) =>
        bytes(details, name),
      );
      if (!needed) return '';
      const most = inMemory
        ? `; a page’s memory takes up to ${inMemory}`
        : available && `; the browser grants this site ${available} more`;
      return `${needed} are needed${most || ''}.`;
    },
    next: 'Make room, or use another browser or device, then try again.',
    again: true,
  },
  'delivery-broken': {
    title: 'The browser broke off saving the file',
    cause: 'It ended the part of this page that was handing the file over (its service worker).',
    means: {
      download: 'What your browser’s downloads show of it is not complete; the stored file is untouched.',
      link: 'What your browser’s downloads show of it is not complete.',
    },
    next: 'Delete what was saved of it, then try again and keep this page open.',
    again: true,
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

/** The pages of the person who sends know the rest as well; a link's page does not load it. */
export function addErrorTexts(more: Record<OwnerErrorCode, Copy>, meaning: OwnerConsequences): void {
  Object.assign(copy, more);
  Object.assign(consequences, meaning);
}

const say = (text: string | ((details: ErrorDetails) => string), details: ErrorDetails) =>
  typeof text === 'string' ? text : text(details);

/**
 * The words for a code. `kept` tells what is there already of a transfer that can go on. `means` is never empty:
 * it tells the cause, then what becomes of the file.
 */
export function errorText(code: ErrorCode, details: ErrorDetails, during: During, kept?: string): ErrorText {
  const text = copy[code] ?? copy['internal-error'];
  const { title, cause = '', means } = text;
  const { next, again = false } = (during === 'upload' && text.upload) || text;
  const consequence =
    kept === undefined ? (means?.[during] ?? consequences[during] ?? '') : `Nothing is lost: ${kept}.`;
  const meaning = [say(cause, details), consequence].filter((part) => part !== '');
  return { title: say(title, details), means: meaning.join(' '), next: say(next, details), again };
}

/** The words for anything thrown, and the code to quote; what is no `EnvelopeError` is a mistake of ours. */
export function describeError(
  error: unknown,
  during: During,
  kept?: string,
): ErrorText & { readonly code: ErrorCode } {
  const code = error instanceof EnvelopeError ? error.code : 'internal-error';
  const details = error instanceof EnvelopeError ? error.details : {};
  return { code, ...errorText(code, details, during, kept) };
}

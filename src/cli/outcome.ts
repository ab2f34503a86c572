import type { ErrorCode } from '../core/errors.ts';

/** How the program ends; scripts go by these numbers, so none ever changes its meaning. */
export const exitCodes = {
  done: 0,
  other: 1,
  usage: 2,
  tampered: 3,
  key: 4,
  unsupported: 5,
  access: 6,
  interrupted: 130,
} as const;

export type Ending = keyof typeof exitCodes;

interface Outcome {
  readonly ending: Exclude<Ending, 'done'>;
  /** What happened, as one says it. */
  readonly says: string;
  /** What to do about it, where that is not plain. */
  readonly hint?: string;
}

const notAsWritten = 'what is stored is not what was written';
const askService = 'try again later';

/** One entry for every code there is; the compiler sees to it. */
export const outcomes: Readonly<Record<ErrorCode, Outcome>> = {
  'config-unreadable': { ending: 'access', says: 'the settings of the site could not be read' },
  'config-invalid': { ending: 'other', says: 'the settings of the site have a mistake' },
  'insecure-context': { ending: 'other', says: 'this Node has no Web Crypto' },
  'browser-outdated': { ending: 'other', says: 'this Node is too old' },
  'bad-argument': { ending: 'usage', says: 'this cannot be done as it was asked for' },
  'reserved-context-key': { ending: 'usage', says: 'the encryption context uses a name that AWS keeps' },
  'policy-mismatch': { ending: 'usage', says: 'the commitment policy and the format contradict each other' },
  'bucket-not-found': { ending: 'access', says: 'there is no such bucket' },
  'kms-key-not-found': { ending: 'access', says: 'AWS KMS has no such key here' },
  'identity-unknown': {
    ending: 'access',
    says: 'the identity pool does not know the identity of the key file',
  },
  'identity-pool-refused': { ending: 'access', says: 'the identity pool refused the guest' },
  'cors-refused': { ending: 'access', says: 'the endpoint did not answer' },
  'cors-header-hidden': { ending: 'access', says: 'the answer of S3 lacks a header' },

  'access-denied': { ending: 'access', says: 'access denied' },
  'credentials-refused': {
    ending: 'access',
    says: 'there are no AWS credentials, or they were refused',
    hint: 'see AWS_PROFILE, AWS_ACCESS_KEY_ID or "aws sso login"',
  },
  'sign-in-refused': { ending: 'access', says: 'the presign endpoint does not know who asks' },
  'credentials-expired': { ending: 'access', says: 'the AWS credentials have expired' },
  'clock-skew': {
    ending: 'access',
    says: 'the clock of this computer is wrong, and AWS refuses its requests',
  },
  'kms-key-disabled': { ending: 'access', says: 'the KMS key is disabled or about to be deleted' },
  'network-failed': { ending: 'access', says: 'the network failed' },
  'service-failed': { ending: 'access', says: 'the service failed', hint: askService },
  'request-refused': { ending: 'access', says: 'the service refused the request' },
  'object-not-found': { ending: 'access', says: 'there is no such object' },
  'object-changed': { ending: 'access', says: 'somebody changed the object meanwhile; nothing was done' },
  'upload-gone': { ending: 'access', says: 'the upload was ended by somebody else' },

  'metadata-invalid': { ending: 'tampered', says: `the envelope is malformed: ${notAsWritten}` },
  'metadata-mixed': { ending: 'tampered', says: `the envelope contradicts itself: ${notAsWritten}` },
  'metadata-incomplete': { ending: 'tampered', says: `a part of the envelope is missing: ${notAsWritten}` },
  'commitment-mismatch': {
    ending: 'tampered',
    says: 'the wrapped key is not the one that the content was encrypted under',
  },
  'tag-mismatch': { ending: 'tampered', says: `the content was changed: ${notAsWritten}` },
  'content-invalid': {
    ending: 'tampered',
    says: 'the content does not decrypt: it was changed, or the key is wrong',
  },
  truncated: { ending: 'tampered', says: 'the end is missing' },
  'length-mismatch': { ending: 'tampered', says: `the length is wrong: ${notAsWritten}` },
  'checksum-mismatch': { ending: 'tampered', says: 'the data was damaged on its way' },
  'manifest-invalid': { ending: 'tampered', says: 'the list of files behind the link is malformed' },
  'frame-invalid': { ending: 'tampered', says: `a frame is malformed: ${notAsWritten}` },
  'signature-mismatch': { ending: 'tampered', says: `the signature is wrong: ${notAsWritten}` },

  'unwrap-failed': { ending: 'key', says: 'the key does not open it' },
  'no-key-fits': {
    ending: 'key',
    says: 'none of the keys given opens it',
    hint: '"s3-envelope inspect" tells which key would',
  },
  'context-mismatch': {
    ending: 'key',
    says: 'it was encrypted under another encryption context',
    hint: 'give it with --context NAME=VALUE; "s3-envelope inspect" shows it',
  },
  'data-key-invalid': { ending: 'key', says: 'the key opens something that is no data key' },

  'commitment-required': {
    ending: 'unsupported',
    says: 'it does not commit to its key, and the commitment policy demands that',
    hint: '--commitment-policy require-encrypt-allow-decrypt reads it',
  },
  'legacy-not-allowed': { ending: 'unsupported', says: 'it is of an old kind, read only by choice' },
  'signed-not-allowed': { ending: 'unsupported', says: 'it is signed, and signed messages are refused here' },
  'limit-exceeded': { ending: 'unsupported', says: 'it is beyond a limit that protects this computer' },
  'algorithm-unsupported': { ending: 'unsupported', says: 'its algorithm is not supported' },
  'wrap-unsupported': { ending: 'unsupported', says: 'its key is wrapped in a way that is not supported' },
  'too-large': { ending: 'unsupported', says: 'it is larger than the format, or this computer, allows' },
  'preview-unsupported': { ending: 'unsupported', says: 'it cannot be shown' },
  'not-encrypted': {
    ending: 'unsupported',
    says: 'it is not encrypted in any format known here',
    hint: 'S3EC keeps its envelope beside the content: FILE.metadata.json, FILE.instruction or --metadata',
  },

  'file-changed': { ending: 'other', says: 'the file was changed while it was read' },
  'file-unreadable': { ending: 'access', says: 'the file cannot be read' },
  'entry-unreadable': { ending: 'access', says: 'the file cannot be read' },
  'metadata-too-large': { ending: 'usage', says: 'the metadata are more than the 2 KB that S3 keeps' },
  'key-file-invalid': { ending: 'usage', says: 'the key file holds no key that can be used' },
  'link-missing-secret': { ending: 'usage', says: 'the link ends before its secret' },
  'link-incomplete': { ending: 'usage', says: 'the link was cut off' },
  'link-damaged': { ending: 'usage', says: 'the link was mistyped or changed' },
  'link-gone': { ending: 'access', says: 'there is nothing behind this link (any more)' },

  'device-storage-refused': { ending: 'other', says: 'the file cannot be written' },
  'device-full': { ending: 'other', says: 'there is no room left' },
  'delivery-broken': { ending: 'other', says: 'the browser broke off saving the file' },
  'random-failed': { ending: 'other', says: 'the random number generator failed' },

  cancelled: { ending: 'interrupted', says: 'interrupted; nothing was left behind' },
  'internal-error': { ending: 'other', says: 'this should not have happened' },
};

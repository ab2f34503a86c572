/**
 * The closed list of everything that can go wrong, and the families that a person, a program and a test
 * tell apart. A code is never reused for a second cause, and what the interface says is looked up by code.
 */
const families = {
  // The deployment or the call is wrong: mend it and try again.
  'config-unreadable': 'configuration',
  'config-invalid': 'configuration',
  'insecure-context': 'configuration',
  'browser-outdated': 'configuration',
  'bad-argument': 'configuration',
  'reserved-context-key': 'configuration',
  'policy-mismatch': 'configuration',
  'bucket-not-found': 'configuration',
  'kms-key-not-found': 'configuration',
  'identity-pool-refused': 'configuration',
  'cors-refused': 'configuration',
  'cors-header-hidden': 'configuration',

  // Somebody said no, or nobody answered.
  'access-denied': 'access',
  'credentials-refused': 'access',
  'credentials-expired': 'access',
  'sign-in-refused': 'access',
  'identity-unknown': 'access',
  'clock-skew': 'access',
  'kms-key-disabled': 'access',
  'network-failed': 'access',
  'service-failed': 'access',
  'request-refused': 'access',
  'object-not-found': 'access',
  'object-changed': 'access',
  'upload-gone': 'access',

  // The stored bytes are not what was written.
  'metadata-invalid': 'tampered',
  'metadata-mixed': 'tampered',
  'metadata-incomplete': 'tampered',
  'commitment-mismatch': 'tampered',
  'tag-mismatch': 'tampered',
  'content-invalid': 'tampered',
  truncated: 'tampered',
  'length-mismatch': 'tampered',
  'checksum-mismatch': 'tampered',
  'manifest-invalid': 'tampered',
  'frame-invalid': 'tampered',
  'signature-mismatch': 'tampered',

  // Intact as far as anybody can tell, and this key does not open it.
  'unwrap-failed': 'wrong-key',
  'no-key-fits': 'wrong-key',
  'context-mismatch': 'wrong-key',
  'data-key-invalid': 'wrong-key',

  // The reader's own rules refuse it.
  'commitment-required': 'policy',
  'legacy-not-allowed': 'policy',
  'signed-not-allowed': 'policy',
  'limit-exceeded': 'policy',

  'algorithm-unsupported': 'unsupported',
  'wrap-unsupported': 'unsupported',
  'too-large': 'unsupported',
  'preview-unsupported': 'unsupported',

  'not-encrypted': 'not-encrypted',

  // What a person handed in.
  'file-changed': 'input',
  'file-unreadable': 'input',
  'entry-unreadable': 'input',
  'metadata-too-large': 'input',
  'key-file-invalid': 'input',
  'link-missing-secret': 'input',
  'link-incomplete': 'input',
  'link-damaged': 'input',
  'link-gone': 'input',

  // This device.
  'device-storage-refused': 'device',
  'device-full': 'device',
  'delivery-broken': 'device',
  'random-failed': 'device',

  cancelled: 'cancelled',

  // A mistake of ours; its cause says which.
  'internal-error': 'internal',
} as const;

export type ErrorCode = keyof typeof families;
export type ErrorFamily = (typeof families)[ErrorCode];

/** Every code there is, for tables and tests that must miss none. */
export const errorCodes = Object.keys(families) as readonly ErrorCode[];

/** Facts for the message: a header's or field's name, sizes in bytes. Never key bytes, never plaintext. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error that leaves our code. `message` is for developers and logs; people are shown the text that
 * belongs to `code`.
 */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get family(): ErrorFamily {
    return families[this.code];
  }
}

/** For an aborted signal, whatever reason it was given. */
export function cancelled(signal: AbortSignal | undefined): EnvelopeError {
  return new EnvelopeError('cancelled', 'cancelled', { cause: signal?.reason });
}

/** `cancelled` for an aborted signal. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** Anything thrown, as an error of the closed list. */
export function asEnvelopeError(error: unknown): EnvelopeError {
  if (error instanceof EnvelopeError) return error;
  return new EnvelopeError('internal-error', 'something failed that should not', { cause: error });
}

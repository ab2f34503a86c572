import { EnvelopeError, type ErrorCode, type ErrorDetails } from '../../core/errors.ts';

/** What was asked, for the message and for telling a missing bucket from a missing key. */
export interface Asked {
  readonly service: 's3' | 'kms' | 'cognito';
  readonly action: string;
  readonly details?: ErrorDetails;
}

const byName: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'bucket-not-found',
  NoSuchKey: 'object-not-found',
  NoSuchUpload: 'upload-gone',
  PreconditionFailed: 'object-changed',
  ConditionalRequestConflict: 'object-changed',
  BadDigest: 'checksum-mismatch',
  InvalidAccessKeyId: 'credentials-refused',
  SignatureDoesNotMatch: 'credentials-refused',
  InvalidToken: 'credentials-refused',
  UnrecognizedClientException: 'credentials-refused',
  InvalidSignatureException: 'credentials-refused',
  NotAuthorizedException: 'credentials-refused',
  ExpiredToken: 'credentials-expired',
  ExpiredTokenException: 'credentials-expired',
  RequestExpired: 'credentials-expired',
  RequestTimeTooSkewed: 'clock-skew',
  AccessDenied: 'access-denied',
  AccessDeniedException: 'access-denied',
  DisabledException: 'kms-key-disabled',
  KMSInvalidStateException: 'kms-key-disabled',
  InvalidCiphertextException: 'unwrap-failed',
  IncorrectKeyException: 'unwrap-failed',
  InvalidKeyUsageException: 'kms-key-not-found',
  SlowDown: 'service-failed',
  ThrottlingException: 'service-failed',
  TooManyRequestsException: 'service-failed',
};

/** The SDK's errors, a failed fetch or an abort, as one error of the closed list. */
export function toEnvelopeError(error: unknown, asked: Asked): EnvelopeError {
  if (error instanceof EnvelopeError) return error;
  const { name, status } = shapeOf(error);
  const details = { ...asked.details, action: asked.action, ...(status ? { status } : {}) };
  const make = (code: ErrorCode) =>
    new EnvelopeError(code, `${asked.action}: ${name}`, { cause: error, details });

  if (name === 'AbortError') return make('cancelled');
  if (name === 'NotFoundException')
    return make(asked.service === 'kms' ? 'kms-key-not-found' : 'object-not-found');
  if (name === 'ResourceNotFoundException')
    return make(asked.action === 'GetCredentialsForIdentity' ? 'identity-unknown' : 'identity-pool-refused');
  const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (known) return make(known);
  // HEAD answers without a body, so there is nothing but the status.
  if (status === undefined) return make('network-failed');
  if (status === 404) return make('object-not-found');
  if (status === 412) return make('object-changed');
  if (status === 401 || status === 403) return make('access-denied');
  if (status === 408 || status === 429 || status >= 500) return make('service-failed');
  // An <Error> in the body of a 200 that is none of the names above.
  if (status === 200) return make('service-failed');
  return make(asked.service === 'cognito' ? 'identity-pool-refused' : 'request-refused');
}

/** Of anything: what is read from an answer can have any type. */
function shapeOf(error: unknown): { name: string; status?: number } {
  if (typeof error !== 'object' || error === null) return { name: 'Error' };
  const { name, Code, $metadata } = error as { name?: unknown; Code?: unknown; $metadata?: unknown };
  const found = [Code, name].find((each) => typeof each === 'string') ?? 'Error';
  const { httpStatusCode } = ($metadata ?? {}) as { httpStatusCode?: unknown };
  return typeof httpStatusCode === 'number'
    ? { name: String(found), status: httpStatusCode }
    : { name: String(found) };
}

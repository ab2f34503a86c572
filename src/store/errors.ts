import { EnvelopeError, type ErrorCode, type ErrorDetails } from '../core/errors.ts';
import { secondsOf } from './retry-after.ts';

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
  MetadataTooLarge: 'metadata-too-large',
  BadDigest: 'checksum-mismatch',
  XAmzContentSHA256Mismatch: 'checksum-mismatch',
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
  // Of status 400 and 409, and yet they pass.
  RequestTimeout: 'service-failed',
  IncompleteBody: 'service-failed',
  OperationAborted: 'service-failed',
  ConditionalRequestConflict: 'service-failed',
  ThrottlingException: 'service-failed',
  TooManyRequestsException: 'service-failed',
};

/** The SDK's errors or a failed fetch as one error of the closed list. Who cancelled is for the caller to know. */
export function toEnvelopeError(error: unknown, asked: Asked): EnvelopeError {
  const { name, status, tries, retryAfter } = shapeOf(error);
  if (error instanceof EnvelopeError) {
    if (tries === 1) return error;
    return new EnvelopeError(error.code, error.message, {
      cause: error,
      details: { ...error.details, tries },
    });
  }
  const details = {
    ...asked.details,
    action: asked.action,
    ...(status && { status }),
    ...(tries > 1 && { tries }),
    ...(retryAfter && { retryAfter }),
  };
  const make = (code: ErrorCode) =>
    new EnvelopeError(code, `${asked.action}: ${name}`, { cause: error, details });

  if (name === 'InvalidSignatureException' && /^Signature (expired|not yet current)/.test(messageOf(error)))
    return make('clock-skew');
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

interface Shape {
  readonly name: string;
  readonly status?: number;
  /** How often the client sent the request. */
  readonly tries: number;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** Of anything: what is read from an answer can have any type. */
function shapeOf(error: unknown): Shape {
  if (typeof error !== 'object' || error === null) return { name: 'Error', tries: 1 };
  const { name, Code, $metadata, $response } = error as Record<
    'name' | 'Code' | '$metadata' | '$response',
    unknown
  >;
  const { httpStatusCode, attempts } = ($metadata ?? {}) as { httpStatusCode?: unknown; attempts?: unknown };
  const { headers } = ($response ?? {}) as { headers?: Record<string, unknown> };
  return {
    name: [Code, name].find((each) => typeof each === 'string') ?? 'Error',
    ...(typeof httpStatusCode === 'number' && { status: httpStatusCode }),
    tries: typeof attempts === 'number' ? attempts : 1,
    retryAfter: secondsOf(headers?.['retry-after']),
  };
}

function messageOf(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

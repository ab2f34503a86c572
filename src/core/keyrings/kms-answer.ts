import { EnvelopeError, type ErrorCode } from '../errors.ts';

/** KMS's error codes that mean something to a person; https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
const codes: Readonly<Record<string, ErrorCode>> = {
  InvalidCiphertextException: 'unwrap-failed',
  IncorrectKeyException: 'unwrap-failed',
  NotFoundException: 'kms-key-not-found',
  DisabledException: 'kms-key-disabled',
  KMSInvalidStateException: 'kms-key-disabled',
  AccessDeniedException: 'access-denied',
};

/** What KMS answers; its refusals, as the SDK throws them, as errors of the closed list. */
export async function kmsAnswer<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw cause;
    const name = cause instanceof Error ? cause.name : '';
    const code = (Object.hasOwn(codes, name) ? codes[name] : undefined) ?? 'service-failed';
    throw new EnvelopeError(code, 'AWS KMS refused', { cause, details: { answer: name } });
  }
}

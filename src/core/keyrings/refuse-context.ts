import { EnvelopeError } from '../errors.ts';
import type { Description } from './keyring.ts';

/** S3EC adds this pair to every encryption context: it binds the wrapped key to the content algorithm. */
export const reservedContextKey = 'aws:x-amz-cek-alg';

/** For raw keys, which authenticate no context: taking one would promise what is not done. */
export function refuseContext(
  callers: Description | undefined,
  code: 'bad-argument' | 'context-mismatch',
): void {
  const context = callers ?? {};
  refuseReserved(context);
  if (Object.keys(context).length > 0) {
    throw new EnvelopeError(code, 'only AWS KMS binds an encryption context; a raw key has none');
  }
}

export function refuseReserved(callers: Description): void {
  if (Object.hasOwn(callers, reservedContextKey)) {
    throw new EnvelopeError(
      'reserved-context-key',
      `the encryption context must not contain ${reservedContextKey}`,
    );
  }
}

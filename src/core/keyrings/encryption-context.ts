import { EnvelopeError } from '../errors.ts';
import { checkDescription, equalDescriptions, withoutNames } from './description.ts';
import type { ContentAlgorithm, Description, UnwrapRequest } from './keyring.ts';
import { refuseReserved, reservedContextKey } from './refuse-context.ts';

/** What S3EC's writers, the oldest among them, store beside the caller's own pairs. */
const addedByWriters = [reservedContextKey, 'kms_cmk_id'];

/**
 * The context to wrap under: the caller's pairs and the reserved one. Throws `reserved-context-key` if the
 * caller gave that one too: overwriting it in silence would bind something else than what was asked.
 */
export function contextToWrapUnder(
  callers: Description | undefined,
  contentAlgorithm: ContentAlgorithm,
): Description {
  const context = callers ?? {};
  refuseReserved(context);
  checkDescription(context, 'encryption context');
  return { ...context, [reservedContextKey]: contentAlgorithm };
}

/**
 * Checks, before KMS is asked, that the stored context is the caller's (equal, not merely containing it) and
 * that it names this object's content algorithm. KMS alone cannot tell: it only knows that the stored context
 * is the one that the key was wrapped under.
 *
 * Throws `reserved-context-key`, `context-mismatch`, `metadata-incomplete` (the reserved pair is not stored)
 * or `metadata-mixed` (it names another format's algorithm).
 */
export function checkStoredContext({
  description,
  encryptionContext,
  contentAlgorithm,
}: UnwrapRequest): void {
  const callers = encryptionContext ?? {};
  refuseReserved(callers);
  if (!Object.hasOwn(description, reservedContextKey)) {
    throw new EnvelopeError(
      'metadata-incomplete',
      `the stored encryption context lacks ${reservedContextKey}`,
    );
  }
  if (description[reservedContextKey] !== contentAlgorithm) {
    throw new EnvelopeError('metadata-mixed', 'the wrapped key was made for another content algorithm');
  }
  if (!equalDescriptions(withoutNames(description, addedByWriters), callers)) {
    throw new EnvelopeError(
      'context-mismatch',
      'the stored encryption context is not the one that was given',
    );
  }
}

/**
 * The wrap `kms` takes no context from the caller, and no writer stored the reserved pair with it: an object that
 * has one was wrapped as `kms+context` and renamed, to get rid of the comparison with the caller's context.
 *
 * Throws `reserved-context-key`, `context-mismatch` or `metadata-mixed`.
 */
export function checkOldContext({ description, encryptionContext }: UnwrapRequest): void {
  const callers = encryptionContext ?? {};
  refuseReserved(callers);
  if (Object.keys(callers).length > 0) {
    throw new EnvelopeError('context-mismatch', 'the old wrap of KMS takes no encryption context');
  }
  if (Object.hasOwn(description, reservedContextKey)) {
    throw new EnvelopeError('metadata-mixed', `the old wrap of KMS never stored ${reservedContextKey}`);
  }
}

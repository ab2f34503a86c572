/** That something is refused, and for the reason that is meant. */
import { EnvelopeError, type ErrorCode } from '../../src/lib/s3ec.ts';
import { OracleError } from './oracle.ts';

export async function weRefuse(read: Promise<unknown>, codes: readonly ErrorCode[]): Promise<void> {
  const error = await failureOf(read);
  if (error instanceof EnvelopeError && codes.includes(error.code)) return;
  const found = error instanceof EnvelopeError ? `${error.code} (${error.message})` : String(error);
  throw new Error(`refused as ${found} instead of ${codes.join(' or ')}`);
}

/** @param reason what the client says, in one of its errors or their causes */
export async function theyRefuse(read: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await failureOf(read);
  if (error instanceof OracleError && reason.test(error.message)) return;
  throw new Error(`refused with ${error instanceof Error ? error.message : error}`);
}

async function failureOf(read: Promise<unknown>): Promise<unknown> {
  const error: unknown = await read.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('opened, where it had to be refused');
  return error;
}

import { asEnvelopeError, EnvelopeError } from '../core/errors.ts';
import type { Command } from './commands.ts';
import { outcomes } from './outcome.ts';
import { printable } from './printable.ts';

const packages = ['@aws-sdk/client-s3', '@aws-sdk/client-kms'];

/** Anything thrown, as an error of the closed list. */
export function asFailure(error: unknown): EnvelopeError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const missing =
    code === 'ERR_MODULE_NOT_FOUND' && packages.find((name) => String(message).includes(`'${name}'`));
  if (missing) {
    return new EnvelopeError(
      'bad-argument',
      `this needs the package ${missing}: install it beside s3-envelope, with "npm install ${missing}" (and --global where s3-envelope is)`,
      { cause: error },
    );
  }
  return asEnvelopeError(error);
}

const optIns: Readonly<Record<string, string>> = {
  unauthenticatedContent: '--allow-legacy-unauthenticated-content',
  weakWrapping: '--allow-legacy-weak-wrapping',
};

/** What is printed: in plain words, with the code, without a stack. */
export function describeFailure(failure: EnvelopeError, command: Command | undefined): string {
  const { code, message, details } = failure;
  const { says, hint } = outcomes[code];
  const who = `s3-envelope${command ? ` ${command.name}` : ''}`;
  const needs = optIns[String(details['needs'])];
  const next = needs ? `${needs} accepts it; its help says what is risked` : hint;
  // A usage error says it all itself.
  const what = code === 'bad-argument' ? message : `${says} (${reasonOf(failure)})`;
  const lines = [`${who}: ${printable(what)} [${code}]`, ...(next ? [`  ${next}`] : [])];
  return `${lines.join('\n')}\n`;
}

function reasonOf({ code, message, cause, details }: EnvelopeError): string {
  const where = details['source'] === undefined ? '' : `${String(details['source'])}: `;
  const isOpaque = code === 'internal-error' || code === 'network-failed';
  return where + message + (isOpaque && cause instanceof Error ? `: ${cause.message}` : '');
}

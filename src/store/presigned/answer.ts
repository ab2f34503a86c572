import { EnvelopeError } from '../../core/errors.ts';
import type { Metadata } from '../../core/object.ts';

/** What an endpoint answered: a JSON object whose fields are taken one by one, each as what it has to be. */
export interface Answer {
  text(field: string): string;
  optionalText(field: string): string | undefined;
  whole(field: string): number;
  date(field: string): Date;
  texts(field: string): Metadata;
  list(field: string): readonly Answer[];
}

/** Throws `service-failed` for whatever is missing or of another kind. */
export function answerOf(value: unknown): Answer {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const lacking = (field: string) =>
    new EnvelopeError('service-failed', `the answer of the presign endpoint lacks ${field}`);

  function optionalText(field: string): string | undefined {
    const found = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (found === undefined || (typeof found === 'string' && found !== '')) return found;
    throw lacking(field);
  }

  function text(field: string): string {
    const found = optionalText(field);
    if (found === undefined) throw lacking(field);
    return found;
  }

  return {
    text,
    optionalText,
    whole(field) {
      const found = fields[field];
      if (!Number.isSafeInteger(found) || Number(found) < 0) throw lacking(field);
      return Number(found);
    },
    date(field) {
      const date = new Date(text(field));
      if (Number.isNaN(date.getTime())) throw lacking(field);
      return date;
    },
    texts(field) {
      const found = fields[field];
      if (typeof found !== 'object' || found === null) throw lacking(field);
      const entries = Object.entries(found);
      if (entries.some(([, one]) => typeof one !== 'string')) throw lacking(field);
      return Object.fromEntries(entries) as Metadata;
    },
    list(field) {
      const found = fields[field];
      if (!Array.isArray(found)) throw lacking(field);
      return found.map(answerOf);
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

/**
 * Reads the endpoint's answer; one without fields where it has no body. Throws what `toEnvelopeError` understands:
 * the refusal's code as an error's name, with the status.
 */
export function readAnswer({ status, text, retryAfter }: RawAnswer): Answer {
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (status >= 300) {
    const { error } = (value ?? {}) as { error?: { code?: unknown } | null };
    throw serviceFailure(String(error?.code ?? 'Error'), status, retryAfter);
  }
  if (value === undefined) throw serviceFailure('no JSON', 502);
  return answerOf(value);
}

/** An error in the shape in which the AWS SDK throws S3's. */
export function serviceFailure(name: string, status: number, retryAfter?: string | null): Error {
  return Object.assign(new Error(name), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { headers: { 'retry-after': retryAfter } },
  });
}

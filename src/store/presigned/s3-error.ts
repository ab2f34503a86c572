import { serviceFailure } from './answer.ts';

/**
 * What S3 said no with: `<Error><Code>…</Code><Message>…</Message>…</Error>`, as an error in the shape in which the
 * AWS SDK throws it. S3 calls a URL whose time is up by the same code as one without permission.
 */
export function s3Error(document: string, status: number, retryAfter?: string | null): Error {
  const code = element(document, 'Code') ?? 'Error';
  const expired = code === 'AccessDenied' && /\bexpired\b/i.test(element(document, 'Message') ?? '');
  return serviceFailure(expired ? 'RequestExpired' : code, status, retryAfter);
}

/** The text of the first element of that name; S3 nests none of those that are looked for. */
export function element(document: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(document) ?? [];
  return text?.replace(/&(quot|apos|lt|gt|amp|#34|#39);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  quot: '"',
  '#34': '"',
  apos: "'",
  '#39': "'",
  lt: '<',
  gt: '>',
  amp: '&',
};

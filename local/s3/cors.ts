/** A bucket's CORS rules: reading them, and what they add to answers. */

import { S3Error } from './errors.ts';
import { childrenNamed, type Element, el, optional, textOf, xmlDocument } from './xml.ts';

/** As the AWS CLI takes them: `{ "CORSRules": [ ... ] }` is a list of these. */
export interface CorsRule {
  readonly ID?: string;
  readonly AllowedOrigins: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAgeSeconds?: number;
}

const methods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

/** Throws `MalformedXML` or `InvalidRequest`. */
export function corsRulesOf(document: Element): CorsRule[] {
  const rules = childrenNamed(document, 'CORSRule').map((rule): CorsRule => {
    const texts = (name: string) => childrenNamed(rule, name).map((element) => element.text);
    const [id, age] = [textOf(rule, 'ID'), textOf(rule, 'MaxAgeSeconds')];
    return {
      ...(id === undefined ? {} : { ID: id }),
      AllowedOrigins: texts('AllowedOrigin'),
      AllowedMethods: texts('AllowedMethod'),
      AllowedHeaders: texts('AllowedHeader'),
      ExposeHeaders: texts('ExposeHeader'),
      ...(age === undefined ? {} : { MaxAgeSeconds: Number(age) }),
    };
  });
  if (document.name !== 'CORSConfiguration') throw new S3Error('MalformedXML');
  checkCorsRules(rules);
  return rules;
}

/** Throws for rules that S3 would not take. */
export function checkCorsRules(rules: readonly CorsRule[]): void {
  if (rules.length === 0 || rules.length > 100) throw new S3Error('MalformedXML');
  for (const rule of rules) {
    if (rule.AllowedOrigins.length === 0 || rule.AllowedMethods.length === 0)
      throw new S3Error('MalformedXML');
    const unknown = rule.AllowedMethods.find((method) => !methods.has(method));
    if (unknown !== undefined)
      throw new S3Error(
        'InvalidRequest',
        `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
      );
    const greedy = [...rule.AllowedOrigins, ...(rule.AllowedHeaders ?? [])].find(
      (p) => p.split('*').length > 2,
    );
    if (greedy !== undefined)
      throw new S3Error('InvalidRequest', `"${greedy}" can not have more than one wildcard.`);
    const wild = rule.ExposeHeaders?.find((name) => name.includes('*'));
    if (wild !== undefined)
      throw new S3Error(
        'InvalidRequest',
        `ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      );
    if (rule.MaxAgeSeconds !== undefined && !Number.isSafeInteger(rule.MaxAgeSeconds))
      throw new S3Error('MalformedXML');
  }
}

export function corsDocument(rules: readonly CorsRule[]): string {
  return xmlDocument(
    'CORSConfiguration',
    rules.map((rule) =>
      el(
        'CORSRule',
        optional('ID', rule.ID),
        rule.AllowedOrigins.map((origin) => el('AllowedOrigin', origin)),
        rule.AllowedMethods.map((method) => el('AllowedMethod', method)),
        rule.AllowedHeaders?.map((name) => el('AllowedHeader', name)),
        rule.ExposeHeaders?.map((name) => el('ExposeHeader', name)),
        optional('MaxAgeSeconds', rule.MaxAgeSeconds),
      ),
    ),
  );
}

export interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  /** Header names a preflight asks for. */
  readonly headers: readonly string[];
}

/** What the first matching rule adds to an answer, or nothing when none matches. */
export function corsHeaders(
  rules: readonly CorsRule[],
  { origin, method, headers }: CorsQuestion,
): Record<string, string> | undefined {
  for (const rule of rules) {
    const allowed = rule.AllowedOrigins.find((pattern) => matches(pattern, origin));
    if (allowed === undefined || !rule.AllowedMethods.includes(method)) continue;
    const patterns = (rule.AllowedHeaders ?? []).map((pattern) => pattern.toLowerCase());
    if (!headers.every((name) => patterns.some((pattern) => matches(pattern, name.toLowerCase())))) continue;
    return {
      'Access-Control-Allow-Origin': allowed === '*' ? '*' : origin,
      'Access-Control-Allow-Methods': rule.AllowedMethods.join(', '),
      ...(headers.length > 0 ? { 'Access-Control-Allow-Headers': headers.join(', ').toLowerCase() } : {}),
      ...(rule.ExposeHeaders?.length
        ? { 'Access-Control-Expose-Headers': rule.ExposeHeaders.join(', ') }
        : {}),
      ...(rule.MaxAgeSeconds === undefined ? {} : { 'Access-Control-Max-Age': String(rule.MaxAgeSeconds) }),
      ...(allowed === '*' ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
      Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    };
  }
  return undefined;
}

/** A pattern with at most one `*`. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

/** Patterns of policies: `*`, `?` and policy variables, compared without regular expressions. */

const anyRun = Symbol('*');
const anyOne = Symbol('?');

/** Literal characters and wildcards. */
export type Pattern = readonly (string | typeof anyRun | typeof anyOne)[];

/** Looks a policy variable up; undefined where the request has no such key. */
export type Resolve = (name: string) => string | undefined;

/** A policy variable that the request has no value for: its statement does not match. */
export class UnknownVariable extends Error {}

/**
 * Compiles a pattern. What a variable stands for is taken literally, wildcards in it included.
 * @param resolve absent for policies older than version 2012-10-17, which have no variables
 * @throws UnknownVariable
 */
export function compile(text: string, resolve?: Resolve): Pattern {
  const pattern: (string | typeof anyRun | typeof anyOne)[] = [];
  const tokens = resolve ? text.split(/(\$\{[^}]*\})/) : [text];
  for (const token of tokens) {
    if (resolve && token.startsWith('${') && token.endsWith('}')) {
      pattern.push(...variable(token.slice(2, -1), resolve));
    } else {
      for (const character of token) {
        pattern.push(character === '*' ? anyRun : character === '?' ? anyOne : character);
      }
    }
  }
  return pattern;
}

/** The pattern's text with variables filled in and wildcards as ordinary characters. */
export function literal(text: string, resolve?: Resolve): string {
  return compile(text, resolve)
    .map((token) => (token === anyRun ? '*' : token === anyOne ? '?' : token))
    .join('');
}

/** Whether the pattern covers the whole text, in time linear in both but for one factor. */
export function matches(pattern: Pattern, text: string): boolean {
  const characters = [...text];
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < characters.length) {
    const token = pattern[p];
    if (token === anyRun) {
      star = p++;
      resume = t;
    } else if (token === anyOne || (token !== undefined && token === characters[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === anyRun) p++;
  return p === pattern.length;
}

function variable(expression: string, resolve: Resolve): string[] {
  if (expression === '*' || expression === '?' || expression === '$') return [expression];
  const [, name = '', fallback] = /^\s*([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(expression) ?? [];
  const value = resolve(name) ?? fallback;
  if (value === undefined) throw new UnknownVariable(name);
  return [...value];
}

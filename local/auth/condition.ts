/** Condition blocks of policies (IAM User Guide, "Condition operators" and "Set operators"). */
import { BlockList, isIPv4 } from 'node:net';
import type { PolicyStatement } from '../contract.ts';
import { compile, literal, matches, type Resolve } from './pattern.ts';

/** Condition keys in lower case with what the request says of them. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** Compares the request's value with one value of the policy. */
type Test = (value: string, wanted: string, resolve: Resolve | undefined) => boolean;

const tests: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted, resolve) => value === literal(wanted, resolve),
  StringEqualsIgnoreCase: (value, wanted, resolve) =>
    value.toLowerCase() === literal(wanted, resolve).toLowerCase(),
  StringLike: (value, wanted, resolve) => matches(compile(wanted, resolve), value),
  ArnLike: arnLike,
  ArnEquals: arnLike,
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (value, wanted) => Number(value) === Number(wanted),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericLessThanEquals: (value, wanted) => Number(value) <= Number(wanted),
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
  NumericGreaterThanEquals: (value, wanted) => Number(value) >= Number(wanted),
  DateEquals: (value, wanted) => instant(value) === instant(wanted),
  DateLessThan: (value, wanted) => instant(value) < instant(wanted),
  DateLessThanEquals: (value, wanted) => instant(value) <= instant(wanted),
  DateGreaterThan: (value, wanted) => instant(value) > instant(wanted),
  DateGreaterThanEquals: (value, wanted) => instant(value) >= instant(wanted),
  IpAddress: inNetwork,
};

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotLike: 'ArnLike',
  ArnNotEquals: 'ArnEquals',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

interface Operator {
  readonly set: 'ForAnyValue' | 'ForAllValues' | undefined;
  readonly name: string;
  readonly ifExists: boolean;
}

/** Whether a policy may use this operator. */
export function isOperator(text: string): boolean {
  const { name } = parse(text);
  return name === 'Null' || name in tests || name in negations;
}

/** Whether every condition of the block holds. */
export function holds(
  block: NonNullable<PolicyStatement['Condition']>,
  context: Context,
  resolve: Resolve | undefined,
): boolean {
  return Object.entries(block).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holdsFor(parse(operator), context[key.toLowerCase()], [wanted].flat().map(String), resolve),
    ),
  );
}

function holdsFor(
  { set, name, ifExists }: Operator,
  present: string | readonly string[] | undefined,
  wanted: readonly string[],
  resolve: Resolve | undefined,
): boolean {
  if (name === 'Null') return wanted.includes(String(present === undefined));
  const negated = negations[name] !== undefined;
  const test = tests[negations[name] ?? name];
  if (!test) throw new Error(`condition operator ${name} is not known`);
  // Variables are resolved even where no value is compared with them, since an unknown one voids the statement.
  if (name.startsWith('String') || name.startsWith('Arn')) {
    for (const pattern of wanted) compile(pattern, resolve);
  }
  if (present === undefined) return ifExists || set === 'ForAllValues' || (negated && set === undefined);
  const passes = (value: string) => wanted.some((pattern) => test(value, pattern, resolve)) !== negated;
  const values = [present].flat();
  return set === 'ForAllValues' || (set === undefined && negated)
    ? values.every(passes)
    : values.some(passes);
}

function parse(text: string): Operator {
  const [, set, name = text, ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  return { set: set as Operator['set'], name, ifExists: ifExists !== undefined };
}

/** Each of the six parts of an ARN on its own, so that `*` does not reach over a colon of the first five. */
function arnLike(value: string, wanted: string, resolve: Resolve | undefined): boolean {
  const parts = arnParts(value);
  const patterns = arnParts(wanted);
  return (
    parts.length === patterns.length &&
    patterns.every((pattern, index) => matches(compile(pattern, resolve), parts[index] ?? ''))
  );
}

function arnParts(arn: string): string[] {
  // A colon inside `${…}` belongs to the variable's name.
  const parts = arn.match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g)?.map((part) => part.replace(/:$/, '')) ?? [];
  if (parts.at(-1) === '' && !arn.endsWith(':')) parts.pop();
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function instant(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inNetwork(value: string, wanted: string): boolean {
  const [network = '', bits] = wanted.split('/');
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  return list.check(value, isIPv4(value) ? 'ipv4' : 'ipv6');
}

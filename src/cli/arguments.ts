import { parseArgs } from 'node:util';
import type { Command } from './commands.ts';
import { type OptionName, optionOf, options, type Values } from './options.ts';
import { usageError } from './usage-error.ts';

/** One option as it was given; some belong to the one before them. */
export interface Given {
  readonly option: OptionName;
  readonly value: string;
}

/** A command line that has been understood. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Values;
  /** Options with a value, in the order in which they were given. */
  readonly given: readonly Given[];
}

/** Throws `bad-argument` for an option that the command has not, or a wrong number of operands. */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const parsed = parse(command, args);
  const values = parsed.values as Values;
  const { positionals } = parsed;
  const [least, most] = command.operands;
  if (!values.help && positionals.length < least) throw usageError(`usage: s3-envelope ${command.usage}`);
  if (positionals.length > most) throw usageError(`too many operands; usage: s3-envelope ${command.usage}`);
  const given = parsed.tokens.flatMap((token): Given[] =>
    token.kind === 'option' && token.value !== undefined && isOption(token.name)
      ? [{ option: token.name, value: token.value }]
      : [],
  );
  return { positionals, values, given };
}

function parse(command: Command, args: readonly string[]) {
  const known = Object.fromEntries(
    ([...command.options, 'help'] as const).map((name) => {
      const { type, multiple, short } = optionOf(name);
      return [name, { type, ...(multiple && { multiple }), ...(short && { short }) }];
    }),
  );
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true, tokens: true });
  } catch (error) {
    // Node's own words, without its advice on how to pass a value that begins with a dash.
    const [message] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw usageError(message ?? '');
  }
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** `NAME=VALUE` pairs. Throws `bad-argument` for another form, or a name that is given twice. */
export function parsePairs(pairs: readonly string[] | undefined, option: OptionName): Record<string, string> {
  const found = new Map<string, string>();
  for (const pair of pairs ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw usageError(`--${option} takes NAME=VALUE`);
    const name = pair.slice(0, at);
    if (found.has(name)) throw usageError(`--${option} has ${name} twice`);
    found.set(name, pair.slice(at + 1));
  }
  return Object.fromEntries(found);
}

/** One of a few words, whatever their case. Throws `bad-argument` for another. */
export function parseChoice<T extends string>(
  value: string,
  choices: Readonly<Record<string, T>>,
  option: OptionName,
): T {
  const key = value.toLowerCase().replaceAll('_', '-');
  const choice = Object.hasOwn(choices, key) ? choices[key] : undefined;
  if (choice === undefined) throw usageError(`--${option} is one of ${Object.keys(choices).join(', ')}`);
  return choice;
}

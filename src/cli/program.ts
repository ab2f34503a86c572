import { readFile } from 'node:fs/promises';
import { parseArguments } from './arguments.ts';
import { type Command, commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { optionOf } from './options.ts';
import { exitCodes, outcomes } from './outcome.ts';
import { asFailure, describeFailure } from './report-failure.ts';
import { isReaderGone, writeLine, writeText } from './stdio.ts';
import { usageError } from './usage-error.ts';

/**
 * Runs one command line and sets the exit code. An interrupt is told to the command, which takes back what it began;
 * a second one ends the program at once.
 */
export async function main(args: readonly string[]): Promise<void> {
  // Standard error is for this program's own words; what the SDK says of Node's age is for whoever installs it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const interrupted = new AbortController();
  const interrupt = () => {
    if (interrupted.signal.aborted) process.exit(exitCodes.interrupted);
    interrupted.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);

  const command = commands.find(({ name }) => name === args[0]);
  try {
    await run(command, args, interrupted.signal);
  } catch (error) {
    // Whoever reads has seen enough, as `head` has.
    if (isReaderGone(error)) process.exit(exitCodes.other);
    const failure = asFailure(error);
    process.stderr.write(describeFailure(failure, command));
    process.exitCode = exitCodes[outcomes[failure.code].ending];
  }
  // What was begun and given up, such as a request on its way, must not keep the program.
  await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
  process.exit();
}

async function run(
  command: Command | undefined,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const [first, ...rest] = args;
  if (command) {
    const parsed = parseArguments(command, rest);
    if (parsed.values.help) return writeText(commandHelp(command));
    return (await command.load())(parsed, signal);
  }
  if (first === undefined) throw usageError('a command is needed; "s3-envelope --help" lists them');
  if (first === '--version') return writeLine(await version());
  const isHelp = ['help', '--help', `-${optionOf('help').short}`].includes(first);
  if (!isHelp)
    throw usageError(`there is no command ${JSON.stringify(first)}; "s3-envelope --help" lists them`);
  const about = commands.find(({ name }) => name === rest[0]);
  return writeText(about ? commandHelp(about) : programHelp(commands));
}

/** Of the package, from the source as from what was built. */
async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const { version } = manifest as { readonly version: string };
  return version;
}

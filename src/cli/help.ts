import type { Command } from './commands.ts';
import { type OptionName, optionOf } from './options.ts';

const width = 110;
const indent = 4;

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return `Encrypts for Amazon S3, in AWS's own formats: those of the S3 Encryption Client (S3EC) and of the Encryption SDK.

Usage: s3-envelope COMMAND ...

${rows.join('\n')}

"s3-envelope COMMAND --help" tells the options of a command, "s3-envelope --version" the version.

Examples:
  head -c 32 /dev/urandom > my.key
  s3-envelope encrypt report.pdf report.pdf.sealed --key my.key
  s3-envelope decrypt report.pdf.sealed report.pdf --key my.key
  tar c folder | s3-envelope put - s3://bucket/folder.tar --kms alias/backup
  s3-envelope get s3://bucket/folder.tar - --kms alias/backup | tar x
  s3-envelope inspect s3://bucket/folder.tar

AWS credentials, region and endpoint are found as every AWS tool finds them (AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL, ~/.aws, SSO, instance roles). Keys are read from files, never from the command line.

Exit codes: 0 done; 2 wrong usage; 3 tampered or truncated; 4 no key fits; 5 unsupported, not encrypted, or old
and not allowed; 6 no access, or not found; 130 interrupted; 1 anything else.
`;
}

/** The help of one command. */
export function commandHelp({ usage, summary, about, options }: Command): string {
  const names: readonly OptionName[] = [...options, 'help'];
  return `${summary}\n\nUsage: s3-envelope ${usage}\n\n${about}\n\nOptions:\n${names.map(row).join('\n')}\n`;
}

function row(name: OptionName): string {
  const { short, value, help } = optionOf(name);
  const head = `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
  return [head, ...wrap(help).map((line) => ' '.repeat(2 + indent) + line)].join('\n');
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width - indent - 2) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

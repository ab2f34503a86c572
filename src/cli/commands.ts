import type { Arguments } from './arguments.ts';
import type { OptionName } from './options.ts';

/** @param signal aborted when the user interrupts: whatever was begun is then taken back */
export type Run = (args: Arguments, signal: AbortSignal) => Promise<void>;

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** What its help says beside its options. */
  readonly about: string;
  /** At least, at most. */
  readonly operands: readonly [number, number];
  readonly options: readonly OptionName[];
  /** Loaded when it runs: nobody waits for an SDK that the command has no use for. */
  load(): Promise<Run>;
}

const keys = ['key', 'kms', 'name', 'description', 'oaep-hash', 'context'] as const;
const opening = [
  ...keys,
  'require-context',
  'commitment-policy',
  'allow-legacy-unauthenticated-content',
  'allow-legacy-weak-wrapping',
] as const;
const writing = [
  ...keys,
  'hidden-context',
  'format',
  'suite',
  'frame-length',
  'instruction-file',
  'commitment-policy',
] as const;
const aws = ['region', 'profile', 'path-style', 'guest'] as const;
const kms = ['region', 'profile'] as const;

export const commands: readonly Command[] = [
  {
    name: 'inspect',
    usage: 'inspect SOURCE... [--json]',
    summary: 'Say how something is encrypted and what would open it. Needs no key.',
    about:
      'SOURCE is a file, s3://BUCKET/KEY or - for standard input. Only metadata and the first bytes are read; nothing\nthat is said here has been verified.',
    operands: [1, Number.POSITIVE_INFINITY],
    options: ['json', 'metadata', 'instruction-suffix', 'version-id', ...aws],
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  {
    name: 'encrypt',
    usage: 'encrypt [SOURCE [TARGET]] --key FILE | --kms KEY',
    summary: 'Encrypt a file or a pipe.',
    about:
      'SOURCE and TARGET are files, or - for standard input and output, which they are unless given.\n\nesdk, the default, makes one self-contained file that any of the keys given opens. v3 and v2 are the formats of\nobjects in S3: beside TARGET they write TARGET.metadata.json, which is what\n"aws s3api put-object --metadata file://TARGET.metadata.json" takes; they wrap for one key.',
    operands: [0, 2],
    options: [...writing, 'metadata', 'force', 'quiet', ...kms],
    load: async () => (await import('./commands/encrypt.ts')).encrypt,
  },
  {
    name: 'decrypt',
    usage: 'decrypt [SOURCE [TARGET]] --key FILE | --kms KEY',
    summary: 'Decrypt a file or a pipe.',
    about:
      'SOURCE and TARGET are files, or - for standard input and output, which they are unless given. The format is told\nfrom what is there: SOURCE.metadata.json or SOURCE.instruction means S3EC, else SOURCE is a message of the\nEncryption SDK. No byte that is not verified reaches TARGET.',
    operands: [0, 2],
    options: [...opening, 'metadata', 'instruction-suffix', 'force', 'quiet', ...kms],
    load: async () => (await import('./commands/decrypt.ts')).decrypt,
  },
  {
    name: 'ls',
    usage: 'ls s3://BUCKET[/PREFIX] [--json]',
    summary: 'List objects: date, size, format, what opens them, name.',
    about:
      'Looks at each object. Where a key is given, sealed names of files that the app stored are shown as they are; what\nis in parentheses is the key of an object.',
    operands: [1, 1],
    options: ['json', ...keys, 'instruction-suffix', ...aws],
    load: async () => (await import('./commands/ls.ts')).ls,
  },
  {
    name: 'get',
    usage: 'get s3://BUCKET/KEY [TARGET] --key FILE | --kms KEY',
    summary: 'Download and decrypt an object.',
    about:
      "TARGET is a file, a folder (this one unless given) or - for standard output. In a folder the file is called as it\nwas before it was encrypted, else after the object's key. No byte that is not verified reaches TARGET.\n\nA --range of an object of S3EC takes fetching all of it, since its tag covers the whole, unless\n--allow-unverified-range is given; of a message of the Encryption SDK it takes the frames of the range.",
    operands: [1, 2],
    options: [
      ...opening,
      'range',
      'allow-unverified-range',
      'instruction-suffix',
      'version-id',
      'force',
      'quiet',
      ...aws,
    ],
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    name: 'put',
    usage: 'put SOURCE s3://BUCKET/KEY --key FILE | --kms KEY',
    summary: 'Encrypt and upload a file or a pipe.',
    about:
      'SOURCE is a file, or - for standard input. A KEY that ends in / gets the name of the file behind it. The format is\nv3 unless given. An object that is there already is left alone unless --force is given.',
    operands: [2, 2],
    options: [...writing, 'content-type', 'force', 'quiet', ...aws],
    load: async () => (await import('./commands/put.ts')).put,
  },
  {
    name: 'rewrap',
    usage: 'rewrap s3://BUCKET/KEY --key OLD --new-key NEW',
    summary: 'Change the key that opens an object of S3EC; its content stays as it is.',
    about:
      'Old keys are --key and --kms, the new one is --new-key or --new-kms. The data key itself stays: whoever kept the\nold wrap and the old key still opens the object.',
    operands: [1, 1],
    options: [
      ...opening,
      'new-key',
      'new-kms',
      'new-description',
      'new-context',
      'new-instruction-suffix',
      'instruction-suffix',
      'enforce-rotation',
      'allow-same-description',
      ...aws,
    ],
    load: async () => (await import('./commands/rewrap.ts')).rewrap,
  },
  {
    name: 'open-link',
    usage: 'open-link [URL [TARGET]]',
    summary: 'Download what a share link of the app opens.',
    about:
      'URL is read from standard input unless given, or where it is -. On the command line it can be seen by other users\nof this computer and stays in the history of the shell, and it opens the files for anyone.\n\nTARGET is a folder (this one unless given); or a file or - for standard output, where the link opens one file.',
    operands: [0, 2],
    options: ['force', 'quiet'],
    load: async () => (await import('./commands/open-link.ts')).openLink,
  },
];

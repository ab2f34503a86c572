/** Every option there is; what a command takes of them, and what its help says, is made from this table. */
interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  readonly short?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

export const options = {
  key: {
    type: 'string',
    multiple: true,
    short: 'k',
    value: 'FILE',
    help: 'A key: 32, 24 or 16 bytes, as they are or as base64 or hex text; a key file of the app; an RSA key in PEM. Repeat it for several.',
  },
  kms: {
    type: 'string',
    multiple: true,
    value: 'KEY',
    help: 'A key in AWS KMS: ARN, id, alias/NAME or alias ARN. Repeat it for several.',
  },
  name: {
    type: 'string',
    multiple: true,
    value: 'NAMESPACE/NAME',
    help: 'Of the --key before it: its name in messages of the Encryption SDK. Without it, a key writes under a name made of its fingerprint and reads under any.',
  },
  description: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'Of the --key before it: a pair of its materials description in S3EC. Without it, the fingerprint of the key.',
  },
  'oaep-hash': {
    type: 'string',
    multiple: true,
    value: 'HASH',
    help: 'Of the RSA --key before it, in messages of the Encryption SDK: sha1, sha256 (written unless given), sha384 or sha512.',
  },
  context: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'A pair of the encryption context. It is stored readable by anyone.',
  },
  'hidden-context': {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'A --context that is authenticated and not stored: whoever decrypts must know it (esdk alone).',
  },
  'require-context': {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'Insist that this --context was given (esdk alone).',
  },

  'new-key': {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'Opens the object from now on, as --key.',
  },
  'new-kms': {
    type: 'string',
    multiple: true,
    value: 'KEY',
    help: 'Opens the object from now on, as --kms.',
  },
  'new-description': {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'A pair of the materials description of --new-key.',
  },
  'new-context': {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'A pair of the encryption context of --new-kms; the old one is not taken over.',
  },
  'new-instruction-suffix': {
    type: 'string',
    value: 'SUFFIX',
    help: 'Writes another instruction file and leaves the old one: both keys open the object.',
  },
  'enforce-rotation': {
    type: 'boolean',
    help: 'Makes sure that the old key does not open the new wrap.',
  },
  'allow-same-description': {
    type: 'boolean',
    help: 'Lets the new key have the materials description of the old one.',
  },

  format: {
    type: 'string',
    short: 'f',
    value: 'FORMAT',
    help: 'esdk (one self-contained file), v3 or v2 (S3EC: an envelope beside the content).',
  },
  suite: {
    type: 'string',
    value: 'ID',
    help: 'Algorithm suite of esdk: 0478 unless given; 0578 signs as well.',
  },
  'frame-length': { type: 'string', value: 'BYTES', help: 'Of esdk: 1048576 unless given.' },
  'instruction-file': {
    type: 'boolean',
    help: 'S3EC: puts the wrapped key into an instruction file, TARGET.instruction.',
  },
  'instruction-suffix': {
    type: 'string',
    value: 'SUFFIX',
    help: 'Where the instruction file of S3EC is looked for: .instruction unless given.',
  },
  metadata: {
    type: 'string',
    value: 'FILE',
    help: "S3EC: the object's metadata as JSON, in place of FILE.metadata.json.",
  },
  'commitment-policy': {
    type: 'string',
    value: 'POLICY',
    help: 'require-encrypt-require-decrypt (unless given), require-encrypt-allow-decrypt or forbid-encrypt-allow-decrypt.',
  },
  'allow-legacy-unauthenticated-content': {
    type: 'boolean',
    help: 'Reads AES/CBC content, which anyone with access may have changed unnoticed.',
  },
  'allow-legacy-weak-wrapping': {
    type: 'boolean',
    help: 'Opens old wraps (kms, AESWrap, those of V1), which do not bind what a key is for.',
  },
  'allow-unverified-range': {
    type: 'boolean',
    help: 'S3EC: fetches nothing but the range, and hands it over without any check.',
  },

  range: {
    type: 'string',
    value: 'FIRST-LAST',
    help: 'Only these bytes of the plaintext; FIRST- is all from there on.',
  },
  'version-id': { type: 'string', value: 'ID', help: 'That version of the object.' },
  'content-type': { type: 'string', value: 'TYPE', help: 'Stored with the object, readable by anyone.' },

  force: { type: 'boolean', help: 'Overwrites what is there, and what lies beside it of another format.' },
  json: { type: 'boolean', help: 'Prints JSON.' },
  quiet: { type: 'boolean', short: 'q', help: 'No progress, even on a terminal.' },

  region: { type: 'string', value: 'REGION', help: 'In place of AWS_REGION and the profile.' },
  profile: { type: 'string', value: 'NAME', help: 'In place of AWS_PROFILE.' },
  'path-style': {
    type: 'boolean',
    help: 'For stores like S3 that take the bucket in the path; their address goes into AWS_ENDPOINT_URL.',
  },
  guest: {
    type: 'string',
    value: 'FILE',
    help: 'Asks Amazon Cognito for the credentials of the guest that this key file of the app names, and takes no others.',
  },
  help: { type: 'boolean', short: 'h', help: 'Prints this.' },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;

/** The value of one option, as the table has it. */
type ValueOf<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : string;

export type Values = { readonly [Name in OptionName]?: ValueOf<(typeof options)[Name]> };

export function optionOf(name: OptionName): Option {
  return options[name];
}

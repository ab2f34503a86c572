import { EnvelopeError } from '../../errors.ts';
import { checkDescription } from '../../keyrings/description.ts';

/** What a raw key is found by. Written in every message, readable by anyone. */
export interface RawKeyName {
  /** Not beginning with `aws-kms`, which is AWS's own. */
  readonly keyNamespace: string;
  readonly keyName: string;
}

const maxCharacters = 1024;

/** Throws `bad-argument`. */
export function checkRawKeyName({ keyNamespace, keyName }: RawKeyName): void {
  checkDescription({ keyNamespace, keyName }, 'name of a raw key');
  if (keyNamespace.startsWith('aws-kms')) {
    throw new EnvelopeError('bad-argument', 'a namespace that begins with aws-kms belongs to AWS KMS');
  }
  if (Math.max(keyNamespace.length, keyName.length) > maxCharacters) {
    throw new EnvelopeError('bad-argument', `a raw key's name has at most ${maxCharacters} characters`);
  }
}

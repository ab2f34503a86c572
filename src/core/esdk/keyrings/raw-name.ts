import { utf8 } from '../../bytes.ts';
import { EnvelopeError } from '../../errors.ts';
import { checkDescription } from '../../keyrings/description.ts';

/** What a raw key is found by. Written in every message, readable by anyone. */
export interface RawKeyName {
  /** Not beginning with `aws-kms`, which is AWS's own. */
  readonly keyNamespace: string;
  readonly keyName: string;
}

/** Bytes in a field of the header, which tells its length in 16 bits. */
const maxBytes = 0xffff;

/**
 * Throws `bad-argument`.
 * @param addedBytes what this kind of key writes behind its name
 */
export function checkRawKeyName({ keyNamespace, keyName }: RawKeyName, addedBytes = 0): void {
  checkDescription({ keyNamespace, keyName }, 'name of a raw key');
  if (keyNamespace.startsWith('aws-kms')) {
    throw new EnvelopeError('bad-argument', 'a namespace that begins with aws-kms belongs to AWS KMS');
  }
  if (Math.max(utf8(keyNamespace).length, utf8(keyName).length + addedBytes) > maxBytes) {
    throw new EnvelopeError('bad-argument', "a raw key's name does not fit in a header");
  }
}

import { EnvelopeError } from '../errors.ts';

/** What a reader allows beside the current formats; nothing unless said. Each name says what is risked. */
export interface Legacy {
  /**
   * Reads content whose changes nobody would notice: AES/CBC, and ranges of an object, whose tag covers only
   * the whole. Whoever can write to the bucket can change what is read, in places of their choice. Whoever can
   * also make this reader try many changed CBC objects, and sees which ones open, learns their plaintext.
   */
  readonly unauthenticatedContent?: boolean | undefined;
  /**
   * Opens data keys whose wrap does not bind what they are for: `kms` (also of mail that SES delivered),
   * `AESWrap`, and format V1's. They can be passed off as another cipher's.
   */
  readonly weakWrapping?: boolean | undefined;
}

const refusals: Readonly<Record<keyof Legacy, string>> = {
  unauthenticatedContent: 'nothing authenticates this content, and the reader has not accepted that',
  weakWrapping: 'the data key is wrapped in an old way, and the reader has not accepted that',
};

/** Throws `legacy-not-allowed`. */
export function requireOptIn(legacy: Legacy | undefined, risk: keyof Legacy): void {
  if (legacy?.[risk] !== true) throw notAllowed(risk);
}

export function notAllowed(risk: keyof Legacy): EnvelopeError {
  return new EnvelopeError('legacy-not-allowed', refusals[risk], { details: { needs: risk } });
}

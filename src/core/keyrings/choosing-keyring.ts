import { EnvelopeError } from '../errors.ts';
import type { Keyring, WrapFacts } from './keyring.ts';

/**
 * For somebody who holds several keys, or keys of several kinds. The first keyring wraps. When opening, a
 * keyring that knows the key by its materials description is the only one asked; without one, all that could
 * fit are tried in their order, and it is `no-key-fits` if there is none.
 */
export function createChoosingKeyring(first: Keyring, ...others: readonly Keyring[]): Keyring {
  const keyrings = [first, ...others];

  function candidates(facts: WrapFacts): readonly Keyring[] {
    const named = keyrings.find((keyring) => keyring.fit(facts) === 'named');
    return named ? [named] : keyrings.filter((keyring) => keyring.fit(facts) === 'possible');
  }

  return {
    fit(facts) {
      const fits = keyrings.map((keyring) => keyring.fit(facts));
      return fits.find((fit) => fit === 'named') ?? fits.find((fit) => fit === 'possible') ?? 'none';
    },

    wrap: (request) => first.wrap(request),
    wrapDataKey: (dataKey, request) => first.wrapDataKey(dataKey, request),

    async unwrap(request) {
      let refusal = new EnvelopeError(
        'no-key-fits',
        'none of the keys at hand is of the kind that wrapped this one',
      );
      for (const keyring of candidates(request)) {
        try {
          return await keyring.unwrap(request);
        } catch (error) {
          // Anything else, such as a service that did not answer, says nothing about the key.
          if (!(error instanceof EnvelopeError) || error.code !== 'unwrap-failed') throw error;
          refusal = error;
        }
      }
      throw refusal;
    },
  };
}

import { EnvelopeError } from '../../errors.ts';
import { firstOpened, type MessageKeyring } from './keyring.ts';

export interface MultiKeyringOptions {
  /** Makes the data key. Without it, the keyring opens messages and wraps only what is already there. */
  readonly generator?: MessageKeyring | undefined;
  /** Each wraps the same data key. */
  readonly children?: readonly MessageKeyring[] | undefined;
}

/**
 * Every wrapping key at hand, for messages that any one of them opens (framework/multi-keyring.md). Wrapping
 * fails if one of them fails. When opening, the generator is asked first, then the children in their order;
 * what the first who can gives is taken.
 *
 * Throws `bad-argument` without any keyring; so does wrapping without a generator.
 */
export function createMultiKeyring({ generator, children = [] }: MultiKeyringOptions): MessageKeyring {
  const keyrings = generator ? [generator, ...children] : children;
  if (keyrings.length === 0) {
    throw new EnvelopeError('bad-argument', 'a multi-keyring needs a generator or a child');
  }

  return {
    async wrap(request) {
      if (generator && request.dataKey) {
        throw new EnvelopeError('bad-argument', 'a generator makes data keys; this message already has one');
      }
      if (!generator && !request.dataKey) {
        throw new EnvelopeError('bad-argument', 'a multi-keyring without a generator makes no data key');
      }
      let { dataKey } = request;
      const encryptedDataKeys = [];
      try {
        for (const keyring of keyrings) {
          const wrapped = await keyring.wrap({ ...request, dataKey });
          dataKey = wrapped.dataKey;
          encryptedDataKeys.push(...wrapped.encryptedDataKeys);
        }
      } catch (error) {
        if (!request.dataKey) dataKey?.fill(0);
        throw error;
      }
      if (!dataKey) throw new EnvelopeError('internal-error', 'no keyring made a data key');
      return { dataKey, encryptedDataKeys };
    },

    unwrap: (request) => firstOpened(keyrings.map((keyring) => () => keyring.unwrap(request))),
  };
}

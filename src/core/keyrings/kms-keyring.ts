import { EnvelopeError } from '../errors.ts';
import { checkOldContext, checkStoredContext, contextToWrapUnder } from './encryption-context.ts';
import type { Keyring, KmsClient } from './keyring.ts';
import { kmsAnswer } from './kms-answer.ts';

export interface KmsKeyringOptions {
  readonly client: KmsClient;
  /** Key id, key ARN, alias name or alias ARN. Always sent, so that no other key is ever used to open. */
  readonly keyId: string;
}

/**
 * Has AWS KMS make and open data keys (`kms+context`). The encryption context is stored with the object and
 * readable by anyone; on opening it must equal the caller's before KMS is asked at all. Also opens what was
 * wrapped as `kms`, where the stored context is not the caller's and binds no content algorithm. Where the key is
 * named by its ARN, an answer for another is refused (`service-failed`).
 */
export function createKmsKeyring({ client, keyId }: KmsKeyringOptions): Keyring {
  if (keyId === '') throw new EnvelopeError('bad-argument', 'a KMS keyring needs the id of its key');
  return {
    fit: ({ wrapAlgorithm }) =>
      wrapAlgorithm === 'kms+context' || wrapAlgorithm === 'kms' ? 'possible' : 'none',

    async wrap({ contentAlgorithm, encryptionContext }) {
      const context = contextToWrapUnder(encryptionContext, contentAlgorithm);
      const { plaintext, ciphertextBlob } = await kmsAnswer(
        client.generateDataKey({ keyId, encryptionContext: context }),
      );
      return {
        dataKey: plaintext,
        encryptedDataKey: ciphertextBlob,
        wrapAlgorithm: 'kms+context',
        description: context,
      };
    },

    async wrapDataKey(dataKey, { contentAlgorithm, encryptionContext }) {
      const context = contextToWrapUnder(encryptionContext, contentAlgorithm);
      if (!client.encrypt) {
        throw new EnvelopeError('bad-argument', 'this KMS client wraps no key that exists already');
      }
      const { ciphertextBlob } = await kmsAnswer(
        client.encrypt({ keyId, plaintext: dataKey, encryptionContext: context }),
      );
      return { encryptedDataKey: ciphertextBlob, wrapAlgorithm: 'kms+context', description: context };
    },

    async unwrap(request) {
      const { wrapAlgorithm } = request;
      if (wrapAlgorithm !== 'kms+context' && wrapAlgorithm !== 'kms') {
        throw new EnvelopeError('wrap-unsupported', 'AWS KMS did not wrap this data key');
      }
      if (wrapAlgorithm === 'kms') checkOldContext(request);
      else checkStoredContext(request);
      const answer = await kmsAnswer(
        client.decrypt({
          keyId,
          ciphertextBlob: request.encryptedDataKey,
          encryptionContext: request.description,
        }),
      );
      // KMS answers with the key's ARN, to which an alias or a bare id cannot be compared.
      if (!isKeyArn(keyId) || answer.keyId === keyId) return answer.plaintext;
      answer.plaintext.fill(0);
      throw new EnvelopeError('service-failed', 'AWS KMS answered with another key than was asked for');
    },
  };
}

function isKeyArn(keyId: string): boolean {
  return /^arn:.*:key\//.test(keyId);
}

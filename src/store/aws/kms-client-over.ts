import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { EnvelopeError } from '../../core/errors.ts';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import { type AskOptions, createAsk } from '../asking.ts';

/** AWS KMS through a client that is there already, as the keyrings want it. */
export function createKmsClientOver(client: KMSClient, explain?: AskOptions['explain']): KmsMessageClient {
  const ask = <T>(action: string, keyId: string, send: () => Promise<T>) =>
    createAsk({ service: 'kms', details: { key: keyId }, ...(explain && { explain }) })(
      action,
      undefined,
      send,
    );

  return {
    async generateDataKey({ keyId, encryptionContext, numberOfBytes = 32 }) {
      const answer = await ask('GenerateDataKey', keyId, () =>
        client.send(
          new GenerateDataKeyCommand({
            KeyId: keyId,
            ...(numberOfBytes === 32 ? { KeySpec: 'AES_256' } : { NumberOfBytes: numberOfBytes }),
            EncryptionContext: { ...encryptionContext },
          }),
        ),
      );
      return {
        plaintext: own(answer.Plaintext),
        ciphertextBlob: own(answer.CiphertextBlob),
        keyId: named(answer.KeyId),
      };
    },
    async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
      const answer = await ask('Decrypt', keyId, () =>
        client.send(
          new DecryptCommand({
            KeyId: keyId,
            CiphertextBlob: ciphertextBlob,
            EncryptionContext: { ...encryptionContext },
          }),
        ),
      );
      return { plaintext: own(answer.Plaintext), keyId: named(answer.KeyId) };
    },
    async encrypt({ keyId, plaintext, encryptionContext }) {
      const answer = await ask('Encrypt', keyId, () =>
        client.send(
          new EncryptCommand({
            KeyId: keyId,
            Plaintext: plaintext,
            EncryptionContext: { ...encryptionContext },
          }),
        ),
      );
      return { ciphertextBlob: own(answer.CiphertextBlob), keyId: named(answer.KeyId) };
    },
  };
}

/** Moves the bytes into a buffer of our own and wipes the SDK's, so that the caller's wipe wipes them all. */
function own(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  // The SDK hands on what the answer says, whatever the type.
  if (!(bytes instanceof Uint8Array)) throw incomplete();
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
}

function named(keyId: string | undefined): string {
  if (typeof keyId !== 'string') throw incomplete();
  return keyId;
}

function incomplete(): EnvelopeError {
  return new EnvelopeError('service-failed', 'the answer of KMS is incomplete');
}

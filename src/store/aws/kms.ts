import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { EnvelopeError } from '../../core/errors.ts';
import type { KmsClient } from '../../core/keyrings/keyring.ts';
import type { AwsCredentials } from './credentials.ts';
import { toEnvelopeError } from './errors.ts';
import { explainNetworkFailure } from './network-failure.ts';

/** AWS KMS through the SDK, as the KMS keyring wants it. */
export function createKmsClient(options: {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly endpoint?: string;
}): KmsClient {
  const client = new KMSClient({
    region: options.region,
    credentials: () => options.credentials.get(),
    ...(options.endpoint ? { endpoint: options.endpoint } : {}),
  });

  async function ask<T>(action: string, keyId: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      const failure = toEnvelopeError(error, { service: 'kms', action, details: { key: keyId } });
      throw await explainNetworkFailure(
        failure,
        options.endpoint ?? `https://kms.${options.region}.amazonaws.com`,
      );
    }
  }

  return {
    async generateDataKey({ keyId, encryptionContext }) {
      const answer = await ask('GenerateDataKey', keyId, () =>
        client.send(
          new GenerateDataKeyCommand({
            KeyId: keyId,
            KeySpec: 'AES_256',
            EncryptionContext: { ...encryptionContext },
          }),
        ),
      );
      return { plaintext: own(answer.Plaintext), ciphertextBlob: own(answer.CiphertextBlob) };
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
      return { plaintext: own(answer.Plaintext) };
    },
  };
}

/** Moves the bytes into a buffer of our own and wipes the SDK's, so that the caller's wipe wipes them all. */
function own(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!bytes) throw new EnvelopeError('service-failed', 'the answer of KMS is incomplete');
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
}

/** A KMS of a few keys, for tests: what one key wrapped opens under it or its replicas, and the same context. */
import { type Bytes, equalBytes } from '../../bytes.ts';
import { equalDescriptions } from '../../keyrings/description.ts';
import type { Description, KmsMessageClient } from '../../keyrings/keyring.ts';
import { isSameMultiRegionKey } from './arn.ts';

interface Row {
  readonly arn: string;
  readonly blob: Bytes;
  readonly context: Description;
  readonly plaintext: Bytes;
}

export interface TestKms {
  /** The service in one region. */
  client(region: string): KmsMessageClient;
  /** Action, region and key of each call, in order. */
  readonly calls: string[];
}

export function createTestKms(
  arns: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): TestKms {
  const rows: Row[] = [];
  const calls: string[] = [];
  const refusal = (name: string) => Object.assign(new Error('refused'), { name });

  function client(region: string): KmsMessageClient {
    function find(action: string, keyId: string): string {
      calls.push(`${action} ${region} ${keyId}`);
      const arn = aliases[keyId] ?? keyId;
      if (!arns.includes(arn) || arn.split(':')[3] !== region) throw refusal('NotFoundException');
      return arn;
    }
    function wrap(arn: string, plaintext: Bytes, context: Description) {
      const blob = crypto.getRandomValues(new Uint8Array(60));
      rows.push({ arn, blob, context, plaintext: plaintext.slice() });
      return { ciphertextBlob: blob.slice(), keyId: arn };
    }

    return {
      async generateDataKey({ keyId, encryptionContext, numberOfBytes = 32 }) {
        const arn = find('generate', keyId);
        const plaintext = crypto.getRandomValues(new Uint8Array(numberOfBytes));
        return { plaintext, ...wrap(arn, plaintext, encryptionContext) };
      },
      async encrypt({ keyId, plaintext, encryptionContext }) {
        return wrap(find('encrypt', keyId), plaintext, encryptionContext);
      },
      async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
        const arn = find('decrypt', keyId);
        const row = rows.find(({ blob }) => equalBytes(blob, ciphertextBlob));
        if (!row) throw refusal('InvalidCiphertextException');
        if (!isSameMultiRegionKey(row.arn, arn)) throw refusal('IncorrectKeyException');
        if (!equalDescriptions(row.context, encryptionContext)) throw refusal('InvalidCiphertextException');
        return { plaintext: row.plaintext.slice(), keyId: arn };
      },
    };
  }
  return { client, calls };
}

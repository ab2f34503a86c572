import { type Bytes, fromUtf8, utf8 } from '../../bytes.ts';
import { EnvelopeError } from '../../errors.ts';
import type { KmsMessageClient } from '../../keyrings/keyring.ts';
import { kmsAnswer } from '../../keyrings/kms-answer.ts';
import type { EncryptedDataKey } from '../header.ts';
import { formatKmsArn, isMultiRegion, isSameMultiRegionKey, type KmsArn, parseKmsArn } from './arn.ts';
import { checkDataKey, firstOpened, type MessageKeyring, type MessageUnwrapRequest } from './keyring.ts';

export interface KmsMessageKeyringOptions {
  readonly client: KmsMessageClient;
  /**
   * A key ARN; key ids, alias names and alias ARNs will do for wrapping, but open nothing, since messages name
   * their key by its ARN.
   */
  readonly keyId: string;
  /** Open as well what another region's replica of a multi-Region key wrapped. False unless given. */
  readonly multiRegion?: boolean | undefined;
}

/** Which keys a message may name. Without one, whoever writes a message chooses which keys are called. */
export interface DiscoveryFilter {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly accounts: readonly string[];
}

export interface KmsDiscoveryKeyringOptions {
  /** The client for a region; undefined for one that is not to be asked. */
  readonly clientFor: (region: string) => KmsMessageClient | undefined;
  /** `any-account` says that messages of strangers may call keys of strangers. */
  readonly filter: DiscoveryFilter | 'any-account';
  /** Where multi-Region keys are asked, whichever of their regions wrapped. */
  readonly homeRegion?: string | undefined;
}

const providerId = 'aws-kms';

/**
 * Has AWS KMS make, wrap and open data keys under one key (framework/aws-kms/aws-kms-keyring.md and aws-kms-mrk-
 * keyring.md). The whole encryption context is KMS's as well. Opening always names the key, and an answer for
 * another is refused.
 *
 * Throws `bad-argument` without a key id. Rejects with `service-failed` for answers that KMS does not give, and
 * as KMS does.
 */
export function createKmsMessageKeyring(options: KmsMessageKeyringOptions): MessageKeyring {
  const { client, keyId, multiRegion = false } = options;
  if (keyId === '') throw new EnvelopeError('bad-argument', 'a KMS keyring needs the id of its key');
  const isOurs = (arn: string) => (multiRegion ? isSameMultiRegionKey(arn, keyId) : arn === keyId);

  return {
    async wrap({ suite, encryptionContext, dataKey }) {
      if (dataKey) {
        const answer = await kmsAnswer(client.encrypt({ keyId, plaintext: dataKey, encryptionContext }));
        return { dataKey, encryptedDataKeys: [wrappedBy(answer)] };
      }
      const numberOfBytes = suite.keyBytes;
      const answer = await kmsAnswer(client.generateDataKey({ keyId, encryptionContext, numberOfBytes }));
      const { plaintext } = answer;
      try {
        checkAnswered(plaintext, numberOfBytes);
        return { dataKey: plaintext, encryptedDataKeys: [wrappedBy(answer)] };
      } catch (error) {
        plaintext.fill(0);
        throw error;
      }
    },

    unwrap: (request) => unwrapWith(request, ({ arn }) => (isOurs(arn) ? { client, keyId } : undefined)),
  };
}

/**
 * Opens with whichever key a message names, as far as the filter lets it (framework/aws-kms/aws-kms-discovery-
 * keyring.md and aws-kms-mrk-discovery-keyring.md). Cannot wrap: `bad-argument`.
 */
export function createKmsDiscoveryKeyring(options: KmsDiscoveryKeyringOptions): MessageKeyring {
  const { clientFor, filter, homeRegion } = options;
  const allows = ({ partition, account }: KmsArn) =>
    filter === 'any-account' || (filter.partition === partition && filter.accounts.includes(account));

  return {
    async wrap() {
      throw new EnvelopeError('bad-argument', 'a discovery keyring knows no key to wrap under');
    },

    unwrap: (request) =>
      unwrapWith(request, ({ parsed }) => {
        if (!allows(parsed)) return undefined;
        const region = homeRegion !== undefined && isMultiRegion(parsed) ? homeRegion : parsed.region;
        const client = clientFor(region);
        return client && { client, keyId: formatKmsArn({ ...parsed, region }) };
      }),
  };
}

interface NamedKey {
  readonly arn: string;
  readonly parsed: KmsArn;
}

interface Asked {
  readonly client: KmsMessageClient;
  readonly keyId: string;
}

/** Asks for one wrapped data key after the other; `askFor` says whom, if anybody. */
function unwrapWith(
  { suite, encryptionContext, encryptedDataKeys }: MessageUnwrapRequest,
  askFor: (key: NamedKey) => Asked | undefined,
): Promise<Bytes> {
  const attempts = encryptedDataKeys.flatMap((encrypted) => {
    const named = keyNamedBy(encrypted);
    const asked = named && askFor(named);
    if (!asked) return [];
    const { client, keyId } = asked;
    return async () => {
      const { ciphertext: ciphertextBlob } = encrypted;
      const answer = await kmsAnswer(client.decrypt({ keyId, ciphertextBlob, encryptionContext }));
      if (answer.keyId === keyId) return checkDataKey(answer.plaintext, suite);
      answer.plaintext.fill(0);
      throw new EnvelopeError('service-failed', 'AWS KMS answered with another key than was asked for');
    };
  });
  return firstOpened(attempts);
}

function keyNamedBy({ providerId: provider, providerInfo }: EncryptedDataKey): NamedKey | undefined {
  const arn = provider === providerId ? fromUtf8(providerInfo) : undefined;
  const parsed = arn === undefined ? undefined : parseKmsArn(arn);
  return arn !== undefined && parsed?.type === 'key' ? { arn, parsed } : undefined;
}

function wrappedBy(answer: { readonly keyId: string; readonly ciphertextBlob: Bytes }): EncryptedDataKey {
  if (parseKmsArn(answer.keyId)?.type !== 'key') {
    throw new EnvelopeError('service-failed', 'AWS KMS did not answer with the ARN of a key');
  }
  return { providerId, providerInfo: utf8(answer.keyId), ciphertext: answer.ciphertextBlob };
}

function checkAnswered(dataKey: Bytes, keyBytes: number): void {
  if (dataKey.length === keyBytes) return;
  throw new EnvelopeError('service-failed', `AWS KMS did not answer with a data key of ${keyBytes} bytes`);
}

import { KMSClient } from '@aws-sdk/client-kms';
import { parseKmsArn } from '../../core/esdk/keyrings/arn.ts';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import { createKmsClientOver } from '../../store/aws/kms-client-over.ts';
import { type AwsSettings, clientSettings, requireSettled } from '../aws-settings.ts';

/** AWS KMS where a key is: in the region of its ARN, else in the one that is set. */
export async function kmsClientFor(keyId: string, settings: AwsSettings): Promise<KmsMessageClient> {
  const region = parseKmsArn(keyId)?.region;
  const client = new KMSClient(clientSettings({ ...settings, ...(region && { region }) }));
  await requireSettled(client.config);
  return createKmsClientOver(client);
}

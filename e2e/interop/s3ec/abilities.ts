/** What each client has not, by its own documentation and code. */
import type { ClientId } from '../clients.ts';
import type { Way } from './objects.ts';

export type Doing = 'write' | 'read' | 'range';

const kmsOnly = 'the client has KMS keyrings alone';

type Refusal = (doing: Doing, way: Way) => string | undefined;

const python: Refusal = (doing, { key, envelope }) => {
  if (key !== 'KMS') return kmsOnly;
  if (doing === 'range') return 'the client reads no ranges';
  if (doing === 'write' && envelope === 'instruction file') return 'the client writes no instruction files';
  return undefined;
};

const go: Refusal = (doing, way) => {
  if (doing === 'write' && way.upload === 'multipart') return 'the client has no multipart upload';
  return python(doing, way);
};

const before36: Refusal = (_, { format }) =>
  format === 'V3' ? 'format V3 came with version 3.6' : undefined;

const refusals: Partial<Record<ClientId, Refusal>> = {
  'java-s3ec-3.5': before36,
  'python-s3ec': python,
  'go-s3ec': go,
};

/** Why a client cannot do something; undefined if it can. */
export function refusalIn(id: ClientId, doing: Doing, way: Way): string | undefined {
  return refusals[id]?.(doing, way);
}

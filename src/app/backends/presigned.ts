import { EnvelopeError } from '../../core/errors.ts';
import { loadPart } from '../../core/load-part.ts';
import type { Config, Presigned } from '../config.ts';
import type { Backend } from './backend.ts';

/** Signs in at the presign endpoint: by the code that the person has entered, or by cookie without one. */
export type EnterPresigned = (code?: string) => Promise<Backend>;

/** URLs that a presign endpoint signs. */
export async function presignedBackend(
  config: Config,
  { endpoint: address, signIn }: Presigned,
): Promise<EnterPresigned> {
  const presigned = await loadPart(import('../../store/presigned/presigned.ts'));
  const { bucket, region, s3Endpoint } = config;
  const accessCode = signIn === 'token' ? presigned.createAccessCode() : undefined;
  const endpoint = presigned.createPresignEndpoint({ address, ...(accessCode && { accessCode }) });

  return async (code) => {
    const { prefix, name } = await endpoint.me(code);
    if (code !== undefined) accessCode?.enter(code);
    const s3 = { endpoint, bucket, region, ...(s3Endpoint && { s3Endpoint }) };
    return {
      deployment: `${address} ${prefix}`,
      ...(name !== undefined && { name }),
      identityOf: async () => undefined,
      open: () => ({
        prefix,
        store: presigned.createPresignedStore({ ...s3, attempts: 4 }),
        transferStore: presigned.createPresignedStore(s3),
      }),
      ...(accessCode && {
        signIn: {
          subscribe: accessCode.subscribe,
          snapshot: accessCode.snapshot,
          dismiss: accessCode.dismiss,
          async enter(next) {
            const who = await endpoint.me(next);
            if (who.prefix !== prefix) {
              // What this page shows and sends is the first person's.
              throw new EnvelopeError('sign-in-refused', 'the code is of another person', {
                details: { signIn, reason: 'other-person' },
              });
            }
            accessCode.enter(next);
          },
        },
      }),
    };
  };
}

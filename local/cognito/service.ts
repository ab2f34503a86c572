/**
 * Amazon Cognito Identity's public calls for guests (target `AWSCognitoIdentityService`). All are unsigned:
 * whoever knows an identity id gets its credentials, here as on AWS.
 */
import type { Credentials } from '../auth/credentials.ts';
import type { Handler } from '../contract.ts';
import { type Input, invalid, jsonService, text } from '../json-protocol.ts';
import { ServiceError } from '../service-error.ts';
import { type GuestRole, type IdentityPool, isTrusted } from './pool.ts';

export interface CognitoOptions {
  readonly pool: IdentityPool;
  readonly role: GuestRole;
  readonly credentials: Credentials;
  readonly lifetimeSeconds: number;
}

export function createCognito({ pool, role, credentials, lifetimeSeconds }: CognitoOptions): Handler {
  const operations: Readonly<Record<string, (input: Input) => object>> = {
    GetId(input) {
      const poolId = identifier(input, 'IdentityPoolId');
      refuseLogins(input);
      if (poolId !== pool.id) throw notFound(`IdentityPool '${poolId}' not found.`);
      return { IdentityId: pool.addGuest() };
    },
    GetCredentialsForIdentity(input) {
      const identityId = knownIdentity(input);
      if (!isTrusted(role, pool.id, identityId)) {
        throw new ServiceError(
          'InvalidIdentityPoolConfigurationException',
          'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
        );
      }
      const issued = credentials.issue({ kind: 'guest', identityId }, lifetimeSeconds);
      return {
        IdentityId: identityId,
        Credentials: {
          AccessKeyId: issued.accessKeyId,
          SecretKey: issued.secretAccessKey,
          SessionToken: issued.sessionToken,
          Expiration: issued.expiresAt / 1000,
        },
      };
    },
    GetOpenIdToken(input) {
      knownIdentity(input);
      // The pool is made without the classic flow, which would hand guests a session without limits.
      throw new ServiceError(
        'InvalidParameterException',
        'Basic (classic) flow is not enabled, please use enhanced flow.',
      );
    },
  };

  function knownIdentity(input: Input): string {
    const identityId = identifier(input, 'IdentityId');
    refuseLogins(input);
    if (!pool.has(identityId)) throw notFound(`Identity '${identityId}' not found.`);
    return identityId;
  }

  return jsonService('AWSCognitoIdentityService', (operation, input) => {
    const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (!run) throw new ServiceError('UnknownOperationException', `The local Cognito has no ${operation}`);
    return run(input);
  });
}

function identifier(input: Input, name: string): string {
  const value = text(input, name);
  if (!/^[\w-]{1,55}:[0-9a-f-]{1,55}$/.test(value)) {
    throw invalid(
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+`,
    );
  }
  return value;
}

function refuseLogins(input: Input): void {
  const { Logins } = input;
  if (typeof Logins === 'object' && Logins !== null && Object.keys(Logins).length > 0) {
    throw new ServiceError(
      'NotAuthorizedException',
      'Token is not from a supported provider of this identity pool.',
    );
  }
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}

/** AWS STS, as far as the project needs it: who am I, and temporary keys for a user (query protocol, XML). */
import { randomUUID } from 'node:crypto';
import { authenticate } from '../auth/authenticate.ts';
import type { Credentials } from '../auth/credentials.ts';
import type { Handler, Principal } from '../contract.ts';
import { allowAnyOrigin, asServiceError, readBody } from '../json-protocol.ts';
import { ServiceError } from '../service-error.ts';

export function createSts(credentials: Credentials): Handler {
  return async (request, response) => {
    allowAnyOrigin(response);
    response.setHeader('Content-Type', 'text/xml');
    const requestId = randomUUID();
    try {
      const body = await readBody(request);
      const parameters = new URLSearchParams(body.toString('utf8'));
      const action = parameters.get('Action') ?? '';
      const caller = authenticate(request, body, 'sts', credentials);
      const result = run(action, parameters, caller, credentials);
      response.end(
        `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
      );
    } catch (error) {
      const { code, message, status } = asServiceError(error);
      response.statusCode = status;
      response.end(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>${element('Code', code)}${element('Message', message)}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    }
  };
}

function run(
  action: string,
  parameters: URLSearchParams,
  caller: Principal,
  credentials: Credentials,
): string {
  if (action === 'GetCallerIdentity') {
    const { arn, userId } = callerOf(caller);
    return element('Arn', arn) + element('UserId', userId) + element('Account', caller.accountId);
  }
  if (action === 'GetSessionToken') {
    if (caller.kind === 'role') {
      throw new ServiceError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
    }
    const seconds = Number(parameters.get('DurationSeconds') ?? 43_200);
    if (!Number.isInteger(seconds) || seconds < 900 || seconds > 129_600) {
      throw new ServiceError('ValidationError', 'DurationSeconds is 900 to 129600');
    }
    const name = caller.kind === 'administrator' ? 'administrator' : 'other';
    const issued = credentials.issue({ kind: 'user', name }, seconds);
    return `<Credentials>${[
      element('AccessKeyId', issued.accessKeyId),
      element('SecretAccessKey', issued.secretAccessKey),
      element('SessionToken', issued.sessionToken),
      element('Expiration', new Date(issued.expiresAt).toISOString()),
    ].join('')}</Credentials>`;
  }
  throw new ServiceError('InvalidAction', `The local STS has no ${action || 'call without Action'}`);
}

/** A role's session shows itself by another ARN than policies name it by. */
function callerOf({ arn, accountId }: Principal): { arn: string; userId: string } {
  const role = /:role\/(.+)$/.exec(arn)?.[1];
  if (!role) return { arn, userId: `AIDA${arn.split('/').at(-1)?.toUpperCase()}` };
  const session = 'CognitoIdentityCredentials';
  return {
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
    userId: `AROALOCALGUEST:${session}`,
  };
}

function element(name: string, value: string): string {
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<${name}>${escaped}</${name}>`;
}

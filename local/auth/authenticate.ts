import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CredentialLookup, Principal } from '../contract.ts';
import { ServiceError } from '../service-error.ts';
import { type RefusalCode, verifySignature } from './sigv4.ts';

/** What S3 calls one thing, the JSON protocol and the query protocol call otherwise. */
const names: Readonly<Partial<Record<RefusalCode, readonly [json: string, query: string, message: string]>>> =
  {
    MissingAuthenticationToken: [
      'MissingAuthenticationTokenException',
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    ],
    InvalidAccessKeyId: [
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
    ],
    InvalidToken: [
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
    ],
    ExpiredToken: [
      'ExpiredTokenException',
      'ExpiredToken',
      'The security token included in the request is expired',
    ],
    SignatureDoesNotMatch: ['InvalidSignatureException', 'SignatureDoesNotMatch', ''],
    RequestTimeTooSkewed: ['InvalidSignatureException', 'SignatureDoesNotMatch', ''],
  };

/**
 * Who signed a request to a service other than S3.
 * @throws ServiceError in the words of the service's protocol
 */
export function authenticate(
  request: IncomingMessage,
  body: Uint8Array,
  service: 'kms' | 'sts',
  credentials: CredentialLookup,
): Principal {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const result = verifySignature(request, { service, credentials, now: Date.now(), bodySha256 });
  if (result.ok) return result.principal;
  const [json, query, message] = names[result.code] ?? [
    'IncompleteSignatureException',
    'IncompleteSignature',
    '',
  ];
  throw service === 'kms'
    ? new ServiceError(json, message || result.message)
    : new ServiceError(query, message || result.message, 403);
}

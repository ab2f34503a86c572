/**
 * What the parts of the local cloud know of each other: the front verifies who asks (`Identity`), each
 * service asks `Access` whether they may, and nobody reads another service's data.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An IAM policy document, as `deploy/` holds it and as AWS takes it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>
  >;
}

/** Who asks. */
export interface Principal {
  readonly kind: 'administrator' | 'user' | 'role' | 'service' | 'anonymous';
  readonly accountId: string;
  /** ARN as policies name it; the service's name (`cloudfront.amazonaws.com`) for a service; `*` for nobody. */
  readonly arn: string;
  /** Identity policies, each of which may allow. */
  readonly policies: readonly PolicyDocument[];
  /** Session policies: what every one of them must allow as well. Empty for no limit. */
  readonly sessionPolicies: readonly PolicyDocument[];
  /** Condition keys that come with the session, such as `cognito-identity.amazonaws.com:sub`. */
  readonly contextKeys: Readonly<Record<string, string>>;
}

export interface StoredCredentials {
  readonly secretAccessKey: string;
  /** Set for temporary credentials; a request must carry exactly this token. */
  readonly sessionToken?: string;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAt?: number;
  readonly principal: Principal;
}

export interface CredentialLookup {
  find(accessKeyId: string): StoredCredentials | undefined;
}

export interface AccessRequest {
  readonly principal: Principal;
  /** `s3:GetObject`, `kms:Decrypt`. */
  readonly action: string;
  readonly resource: string;
  /** Request condition keys in lower case: `s3:prefix`, `s3:x-amz-server-side-encryption`, `aws:securetransport`. Absent = not in the request. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** The bucket's or the key's own policy. */
  readonly resourcePolicy?: PolicyDocument;
  /** Account that owns the resource. */
  readonly resourceAccount: string;
}

/** `deny`: an explicit Deny matched; `implicit`: nothing allowed it. */
export type Decision = 'allow' | 'deny' | 'implicit';

/** KMS as S3 calls it for SSE-KMS, in the name of the one who asks S3. */
export interface ServerSideKms {
  generateDataKey(
    principal: Principal,
    keyId: string,
    context: Readonly<Record<string, string>>,
  ): { keyArn: string; plaintext: Uint8Array; ciphertextBlob: Uint8Array };
  decrypt(
    principal: Principal,
    ciphertextBlob: Uint8Array,
    context: Readonly<Record<string, string>>,
  ): { plaintext: Uint8Array };
}

/** One service behind the front. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const accountId = '000000000000';
export const region = 'us-east-1';

/** The local cloud's presign endpoint: two people who may ask, and a user of its own whose keys sign. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AccessKey } from '../auth/credentials.ts';
import { accountId, type Handler, type PolicyDocument, type Principal, region } from '../contract.ts';
import { openJsonFile } from '../json-file.ts';
import { type KnownCaller, newToken } from './callers.ts';
import { createPresignEndpoint } from './endpoint.ts';
import { createPresigner } from './s3.ts';

/** Below the services' address; no bucket can have this name. */
export const presignPath = '/_presign';

export interface PresignCallers {
  readonly first: KnownCaller;
  readonly other: KnownCaller;
  /** Another code for the first, whose old one is refused from now on. */
  renew(): string;
}

export function openCallers(dataDir: string): PresignCallers {
  const caller = (name: string) => ({ name, prefix: `files/${randomUUID()}/`, token: newToken() });
  const { value, save } = openJsonFile(join(dataDir, 'presign.json'), () => ({
    first: caller('ada@example.com'),
    other: caller('ben@example.com'),
  }));
  return {
    ...value,
    renew() {
      value.first.token = newToken();
      save();
      return value.first.token;
    },
  };
}

/** The user whose keys sign, who may do as much as `deploy/presigner-policy.json` says. */
export function presignerPrincipal(policy: PolicyDocument): Principal {
  const arn = `arn:aws:iam::${accountId}:user/presigner`;
  return { kind: 'user', accountId, arn, policies: [policy], sessionPolicies: [], contextKeys: {} };
}

export interface PresignServiceOptions {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: AccessKey;
  readonly callers: PresignCallers;
  readonly origins: () => readonly string[];
  /** Life of a URL. */
  readonly seconds: number;
}

export function createPresignService({ callers, origins, ...presigner }: PresignServiceOptions): Handler {
  return createPresignEndpoint({
    path: presignPath,
    presigner: createPresigner({ ...presigner, region }),
    callers: [callers.first, callers.other],
    origins,
  });
}

/** One identity pool with its guests, on disk, and what a guest may do. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { decide } from '../auth/policy.ts';
import { accountId, type PolicyDocument, type Principal, region } from '../contract.ts';
import { openJsonFile } from '../json-file.ts';

export interface GuestRole {
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly policy: PolicyDocument;
}

export interface IdentityPool {
  /** `us-east-1:` and a UUID. */
  readonly id: string;
  addGuest(): string;
  has(identityId: string): boolean;
}

export function openIdentityPool(dataDir: string): IdentityPool {
  const newId = () => `${region}:${randomUUID()}`;
  const file = openJsonFile<{ id: string; guests: string[] }>(join(dataDir, 'cognito.json'), () => ({
    id: newId(),
    guests: [],
  }));
  const guests = new Set(file.value.guests);
  return {
    id: file.value.id,
    addGuest() {
      const identityId = newId();
      guests.add(identityId);
      file.value.guests.push(identityId);
      file.save();
      return identityId;
    },
    has: (identityId) => guests.has(identityId),
  };
}

/** Who a guest's credentials speak for: the role, within what the enhanced flow leaves guests. */
export function guestPrincipal(role: GuestRole, poolId: string, identityId: string): Principal {
  return {
    kind: 'role',
    accountId,
    arn: `arn:aws:iam::${accountId}:role/${role.name}`,
    policies: [role.policy],
    sessionPolicies: [enhancedFlowLimits],
    contextKeys: {
      'cognito-identity.amazonaws.com:aud': poolId,
      'cognito-identity.amazonaws.com:amr': 'unauthenticated',
      'cognito-identity.amazonaws.com:sub': identityId,
    },
  };
}

/** Whether the role's trust policy lets this pool's guests assume it. */
export function isTrusted(role: GuestRole, poolId: string, identityId: string): boolean {
  const { contextKeys } = guestPrincipal(role, poolId, identityId);
  const decision = decide({
    principal: {
      kind: 'service',
      accountId: '',
      arn: 'cognito-identity.amazonaws.com',
      policies: [],
      sessionPolicies: [],
      contextKeys,
    },
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: `arn:aws:iam::${accountId}:role/${role.name}`,
    context: {},
    resourcePolicy: role.trust,
    resourceAccount: accountId,
  });
  return decision === 'allow';
}

/**
 * The session policy that Cognito's enhanced flow puts on guests whatever their role says, as far as it
 * concerns this project (Amazon Cognito Developer Guide, "Services that unauthenticated users can access").
 */
const enhancedFlowLimits: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['s3:*', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
      Resource: '*',
    },
  ],
};

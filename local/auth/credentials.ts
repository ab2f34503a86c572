/** The access keys of the local cloud: two users with lasting ones, sessions with temporary ones. */
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { accountId, type CredentialLookup, type Principal, type StoredCredentials } from '../contract.ts';
import { openJsonFile } from '../json-file.ts';

export type UserName = 'administrator' | 'other';

/** Whom temporary credentials speak for. Kept instead of the principal, so that policies may change meanwhile. */
export type Subject =
  | { readonly kind: 'guest'; readonly identityId: string }
  | { readonly kind: 'user'; readonly name: UserName };

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface TemporaryCredentials extends AccessKey {
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Credentials extends CredentialLookup {
  readonly users: Readonly<Record<UserName, AccessKey>>;
  issue(subject: Subject, lifetimeSeconds: number): TemporaryCredentials;
  /** Adds keys that last as long as the process, for a service that calls another. */
  addService(principal: Principal): AccessKey;
}

interface Saved {
  readonly users: Record<UserName, AccessKey>;
  sessions: (TemporaryCredentials & { subject: Subject })[];
}

/** The administrator may do anything that no Deny forbids; the other user only what a resource allows. */
export function userPrincipal(name: UserName): Principal {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
  return {
    kind: name === 'administrator' ? 'administrator' : 'user',
    accountId,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    policies: name === 'administrator' ? [{ Version: '2012-10-17', Statement: [everything] }] : [],
    sessionPolicies: [],
    contextKeys: {},
  };
}

/**
 * @param guest the principal that a guest identity's credentials speak for
 */
export function openCredentials(dataDir: string, guest: (identityId: string) => Principal): Credentials {
  const file = openJsonFile<Saved>(join(dataDir, 'credentials.json'), () => ({
    users: { administrator: newKey('AKIA'), other: newKey('AKIA') },
    sessions: [],
  }));
  const services = new Map<string, StoredCredentials>();
  const { users } = file.value;
  return {
    users,
    find(accessKeyId) {
      for (const name of ['administrator', 'other'] as const) {
        if (users[name].accessKeyId === accessKeyId) {
          return { secretAccessKey: users[name].secretAccessKey, principal: userPrincipal(name) };
        }
      }
      const session = file.value.sessions.find((candidate) => candidate.accessKeyId === accessKeyId);
      if (!session) return services.get(accessKeyId);
      const { subject, secretAccessKey, sessionToken, expiresAt } = session;
      const principal = subject.kind === 'guest' ? guest(subject.identityId) : userPrincipal(subject.name);
      return { secretAccessKey, sessionToken, expiresAt, principal };
    },
    issue(subject, lifetimeSeconds) {
      const issued: TemporaryCredentials = {
        ...newKey('ASIA'),
        sessionToken: randomBytes(96).toString('base64'),
        expiresAt: Math.ceil(Date.now() / 1000 + lifetimeSeconds) * 1000,
      };
      // Expired ones stay known for a day, so that their use is answered with "expired" and not "unknown".
      const yesterday = Date.now() - 24 * 3600 * 1000;
      file.value.sessions = file.value.sessions.filter((session) => session.expiresAt > yesterday);
      file.value.sessions.push({ ...issued, subject });
      file.save();
      return issued;
    },
    addService(principal) {
      const key = newKey('AKIA');
      services.set(key.accessKeyId, { secretAccessKey: key.secretAccessKey, principal });
      return key;
    },
  };
}

function newKey(prefix: 'AKIA' | 'ASIA'): AccessKey {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const rest = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
  return { accessKeyId: prefix + rest, secretAccessKey: randomBytes(30).toString('base64') };
}

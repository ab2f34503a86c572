/** Who may ask, and for what: the part that an organisation replaces with its own sign-in. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { forbidden, Refused } from './refusal.ts';

export interface Caller {
  /** Ends in a slash. */
  readonly prefix: string;
  readonly name: string;
}

export interface KnownCaller extends Caller {
  token: string;
}

/** 128 bits and more, in characters that survive being read out and typed. */
export function newToken(): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  const all = Array.from(randomBytes(28), (byte) => letters[byte & 31]).join('');
  return all.replace(/(.{7})(?!$)/g, '$1-');
}

/** The cookie that speaks for a caller as the bearer token does, where the endpoint is used by cookie. */
export const cookieName = 's3-envelope-session';

/** @throws Refused 401 for whoever is not known */
export function callerOf(request: IncomingMessage, known: readonly KnownCaller[]): Caller {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const token = bearer ?? cookieOf(request.headers.cookie ?? '');
  const caller = token === undefined ? undefined : known.find((one) => sameSecret(one.token, token));
  if (!caller) throw new Refused(401, 'Unauthorized', 'This access code is not accepted.');
  return caller;
}

function cookieOf(header: string): string | undefined {
  for (const pair of header.split(/; */)) {
    const [name, value] = pair.split('=', 2);
    if (name === cookieName) return value;
  }
  return undefined;
}

/** In a time that tells nothing of either. */
function sameSecret(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

const shared = 'shared/';

/** An object of the caller's own. @throws Refused */
export function ownKey(caller: Caller, key: string): string {
  if (!plain(key) || !key.startsWith(caller.prefix) || key === caller.prefix)
    throw forbidden('This key is not below your prefix.');
  return key;
}

/** Where the caller may make an object: among the own ones, or as a link's copy. @throws Refused */
export function writableKey(caller: Caller, key: string): string {
  return isShared(key) ? key : ownKey(caller, key);
}

export function isShared(key: string): boolean {
  return plain(key) && key.startsWith(shared) && key !== shared;
}

/** Browsers resolve dot segments in a URL's path before they send it, so these would sign for another key. */
function plain(key: string): boolean {
  return (
    Buffer.byteLength(key) <= 1024 && !key.split('/').some((segment) => segment === '.' || segment === '..')
  );
}

import { concatBytes, equalBytes, fromBase64Url, randomBytes, toBase64Url, utf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';

/**
 * A link is `…/#/open/TOKEN`. The token is base64url of a 32-byte secret and 4 bytes of its SHA-256, so that
 * a link that was cut or mistyped is told from one whose file is gone. Everything else is derived from the
 * secret: where the manifest lies, and the key that opens it. A fragment is never sent to a server.
 */
const route = '/open/';
const secretLength = 32;
const checkLength = 4;
const tokenLength = 48;
/** Characters after which it matters no more what a text ends with; below, any end is found in no time. */
export const longestToken = 1024;

export async function drawSecret(): Promise<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const secret = randomBytes(secretLength);
    // Programs that find links in text drop a dash or underscore at the end.
    if (/[A-Za-z0-9]$/.test(await formatToken(secret))) return secret;
  }
}

/** @param page the address of the app, without a fragment */
export async function formatLink(page: string, secret: Uint8Array): Promise<string> {
  return `${page}#${route}${await formatToken(secret)}`;
}

/** `mangled`: a program on the way made `%23` of the `#`, so the secret was part of a request. */
export interface ParsedLink {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly mangled: boolean;
}

/**
 * @param address the whole address, as `location.href` has it
 * @throws `link-missing-secret`, `link-incomplete` (cut), `link-damaged` (a character is wrong)
 */
export async function parseLink(address: string): Promise<ParsedLink> {
  const found = tokenIn(address);
  if (!found?.token) throw new EnvelopeError('link-missing-secret', 'the link ends before its secret');
  const { token, mangled } = found;
  const bytes = fromBase64Url(token);
  if (token.length < tokenLength) {
    throw new EnvelopeError('link-incomplete', 'the link is cut', {
      details: { missing: tokenLength - token.length },
    });
  }
  const secret = bytes?.slice(0, secretLength);
  const check = bytes?.slice(secretLength);
  if (token.length > tokenLength || !secret || !check || !equalBytes(check, await checkOf(secret))) {
    throw new EnvelopeError('link-damaged', 'the link is not as it was made');
  }
  return { secret, mangled };
}

function tokenIn(address: string): { token: string; mangled: boolean } | undefined {
  const text = decodeFully(address);
  const at = text.indexOf(`#${route}`);
  if (at < 0) return undefined;
  const rest = text.slice(at + 1 + route.length).trim();
  // What a sentence puts behind a link.
  const token = rest.length > longestToken ? rest : rest.replace(/[.,;:!?)\]}>'"]+$/, '');
  return { token, mangled: !address.includes('#') };
}

/** Programs that rewrite links encode them once or twice; the token itself has nothing to decode. */
function decodeFully(address: string): string {
  let text = address;
  for (let round = 0; round < 3 && text.includes('%'); round++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
  }
  return text;
}

async function formatToken(secret: Uint8Array): Promise<string> {
  return toBase64Url(concatBytes(secret, await checkOf(secret)));
}

async function checkOf(secret: Uint8Array): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest('SHA-256', concatBytes(utf8('s3-envelope link\n'), secret));
  return new Uint8Array(digest, 0, checkLength);
}

import { EnvelopeError } from '../core/errors.ts';
import { createPathReader } from '../store/path-reader.ts';
import type { ReadableStore } from '../store/store.ts';

/**
 * Where the site of a link keeps what is shared, as its `config.json` says. Rejects with `bad-argument` for an
 * address of no site, `config-unreadable` or `config-invalid`.
 */
export async function openSite(link: string, signal: AbortSignal): Promise<ReadableStore> {
  const { origin } = originOf(link);
  const config = await fetchConfig(new URL('/config.json', origin), signal);
  const path = (config as { links?: { path?: unknown } } | null)?.links?.path;
  if (typeof path !== 'string' || !/^\/([\w.-]+\/)+$/.test(path)) {
    throw new EnvelopeError('config-invalid', `${origin}/config.json: links.path is no path of this site`);
  }
  return createPathReader(new URL(path, origin));
}

/** Without the fragment, which holds the secret. */
function originOf(link: string): URL {
  const address = link.trim().split(/#|%23|%2523/i)[0] ?? '';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLocal = url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) return url;
  throw new EnvelopeError('bad-argument', 'a link begins with https:// and the name of its site');
}

async function fetchConfig(url: URL, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, { redirect: 'error', credentials: 'omit', signal });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await response.json();
  } catch (cause) {
    if (signal.aborted) throw new EnvelopeError('cancelled', 'interrupted', { cause });
    const reason = cause instanceof Error ? cause.message : '';
    throw new EnvelopeError('config-unreadable', `${url.href}: ${reason}`, { cause });
  }
}

import { describe, expect, it } from 'vitest';
import { drawSecret, formatLink, parseLink } from './link.ts';

const page = 'https://files.example/';
// SHA-256 of "s3-envelope link\n" and 32 zero bytes starts with these four bytes.
const zeroSecret = new Uint8Array(32);

async function link(): Promise<{ url: string; token: string; secret: Uint8Array }> {
  const secret = await drawSecret();
  const url = await formatLink(page, secret);
  return { url, secret, token: url.slice(url.lastIndexOf('/') + 1) };
}

describe('a link', () => {
  it('carries its secret in the fragment alone, in 48 characters', async () => {
    const url = await formatLink(page, zeroSecret);
    expect(url).toMatch(/^https:\/\/files\.example\/#\/open\/A{42}[\w-]{6}$/);
    expect(new URL(url).pathname + new URL(url).search).toBe('/');
  });

  it('comes back as it was made, fifty times, and ends in a letter or digit', async () => {
    for (let round = 0; round < 50; round++) {
      const { url, secret } = await link();
      expect(url).toMatch(/[A-Za-z0-9]$/);
      expect(await parseLink(url)).toEqual({ secret, mangled: false });
    }
  });

  it.each(['%23', '%2523'])('opens where a program made %s of its #, and says so', async (hash) => {
    const { url, secret } = await link();
    expect(await parseLink(url.replace('#', hash))).toEqual({ secret, mangled: true });
  });

  it('opens with its slashes encoded, and with the end of a sentence behind it', async () => {
    const { url, secret } = await link();
    expect(await parseLink(url.replace('#/open/', '#%2Fopen%2F'))).toEqual({ secret, mangled: false });
    for (const end of ['.', ',', ')', '>', '."', '%20', '%0A'])
      expect((await parseLink(url + end)).secret).toEqual(secret);
  });

  it('without its secret is missing it', async () => {
    for (const address of [page, `${page}#`, `${page}#/open/`, `${page}#/other/abc`]) {
      await expect(parseLink(address)).rejects.toMatchObject({ code: 'link-missing-secret' });
    }
  });

  it('that was cut anywhere is incomplete', async () => {
    const { url, token } = await link();
    for (let kept = 1; kept < token.length; kept++) {
      const cut = url.slice(0, url.length - token.length + kept);
      await expect(parseLink(cut)).rejects.toMatchObject({ code: 'link-incomplete' });
    }
  });

  it('with any one character changed is damaged', async () => {
    const { url, token } = await link();
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === 'x' ? 'y' : 'x';
      const changed = token.slice(0, index) + other + token.slice(index + 1);
      await expect(parseLink(url.replace(token, changed))).rejects.toMatchObject({ code: 'link-damaged' });
    }
  });

  it('that grew, or holds a character no link has, is damaged', async () => {
    const { url, token } = await link();
    await expect(parseLink(`${url}A`)).rejects.toMatchObject({ code: 'link-damaged' });
    await expect(parseLink(url.replace(token, `*${token.slice(1)}`))).rejects.toMatchObject({
      code: 'link-damaged',
    });
  });

  it('says nothing of the secret in its error', async () => {
    const { url, token } = await link();
    const error = await parseLink(url.slice(0, -5)).catch((caught: unknown) => caught);
    expect(JSON.stringify(error) + String(error)).not.toContain(token.slice(0, 12));
  });
});

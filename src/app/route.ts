/**
 * Whether an address is a link to files: `#/open…`, also where a mail program made `%23` (or, twice over,
 * `%2523`) of the `#`, which turns the fragment into a path, or `%2F` of the slashes.
 */
export function isLinkAddress(address: string): boolean {
  return /(#|%(25)*23)(\/|%(25)*2f)?open([/?]|%(25)*2f|$)/i.test(address);
}

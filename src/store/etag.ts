/** Whether two ETags are the same, with the quotes that belong around them or, as some stores tell them, without. */
export function isSameEtag(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

function bare(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

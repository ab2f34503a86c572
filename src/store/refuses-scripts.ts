/**
 * A browser reports a refused CORS preflight and a dead network alike. Two unsigned requests tell them apart: one
 * as a script of this site makes it, which only CORS rules can keep from us, and one that needs no permission,
 * which only the network can.
 * @param asScript method and headers for which a browser asks leave beforehand
 * @returns whether the host answers, but not to scripts of this site; false where there is no browser to say so
 */
export async function refusesScripts(address: string, asScript: RequestInit): Promise<boolean> {
  if (typeof location === 'undefined' || !navigator.onLine) return false;
  const common = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' } as const;
  const answers = (request: RequestInit) =>
    fetch(address, { ...common, ...request }).then(
      () => true,
      () => false,
    );
  // Twice, since a network that fails now and then would look like a refusal, which nobody tries again.
  return !(await answers(asScript)) && (await answers({ mode: 'no-cors' })) && !(await answers(asScript));
}

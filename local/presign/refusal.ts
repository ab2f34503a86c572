/** What the endpoint says no with: a status and, for programs, a name. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string) => new Refused(400, 'InvalidRequest', message);
export const forbidden = (message: string) => new Refused(403, 'AccessDenied', message);

/** S3's refusal in S3's own words; anything else is a fault of the endpoint's, told on stderr alone. */
export function asRefused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof URIError) return invalid('A percent sign in the path stands for nothing.');
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  // HEAD answers without a body, so the SDK has no better name.
  if (status === 404 && name === 'NotFound') return new Refused(404, 'NoSuchKey', 'There is no such object.');
  // S3 also says in a 200 that it failed after all.
  if (status !== undefined) return new Refused(status < 400 ? 500 : status, name, message);
  console.error(error);
  return new Refused(502, 'InternalError', 'S3 could not be asked.');
}

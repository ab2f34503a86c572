/** A refusal in a service's own words; the protocol around it decides how it is written. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message = '', status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

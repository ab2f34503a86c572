/** AWS's JSON 1.1 protocol, which KMS and Cognito Identity speak, with CORS as their endpoints answer it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './contract.ts';
import { ServiceError } from './service-error.ts';

export type Input = Readonly<Record<string, unknown>>;

/** Carries out one call, by the operation's name. @throws ServiceError */
export type Call = (operation: string, input: Input, request: IncomingMessage, body: Buffer) => object;

const maxBody = 1 << 20;

/** @param prefix what `X-Amz-Target` starts with, such as `TrentService` */
export function jsonService(prefix: string, call: Call): Handler {
  return async (request, response) => {
    allowAnyOrigin(response);
    const requestId = randomUUID();
    response.setHeader('x-amzn-RequestId', requestId);
    response.setHeader('Content-Type', 'application/x-amz-json-1.1');
    try {
      const body = await readBody(request);
      const operation = String(request.headers['x-amz-target'] ?? '').slice(prefix.length + 1);
      response.end(JSON.stringify(call(operation, parse(body), request, body)));
    } catch (error) {
      const refusal = asServiceError(error);
      response.statusCode = refusal.status;
      response.setHeader('x-amzn-ErrorType', refusal.code);
      response.end(JSON.stringify({ __type: refusal.code, message: refusal.message }));
    }
  };
}

/** The answer to a preflight, as recorded of KMS's and Cognito Identity's endpoints. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  allowAnyOrigin(response);
  response.setHeader('Access-Control-Allow-Methods', 'POST');
  response.setHeader('Access-Control-Max-Age', '172800');
  const headers = request.headers['access-control-request-headers'];
  if (headers) response.setHeader('Access-Control-Allow-Headers', headers);
  response.end();
}

export function allowAnyOrigin(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader(
    'Access-Control-Expose-Headers',
    'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
  );
}

/** A refusal as it is; anything else is a fault of ours, reported on stderr and hidden from the caller. */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  console.error(error);
  return new ServiceError('InternalFailure', 'The local cloud failed; its terminal says why.', 500);
}

/** The whole body of a call to a service that takes small ones. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) throw new ServiceError('RequestEntityTooLargeException', 'Too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new ServiceError('SerializationException', `${name} is not a string`);
  return value;
}

export function text(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (!value) {
    throw invalid(
      `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

export function optionalNumber(input: Input, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value)) throw new ServiceError('SerializationException', `${name} is not an integer`);
  return value as number;
}

/** A blob, which JSON carries in base64. */
export function bytes(input: Input, name: string): Buffer {
  const value = text(input, name);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new ServiceError('SerializationException', `${name} is not base64`);
  }
  return Buffer.from(value, 'base64');
}

/** A map of strings, empty if absent. */
export function textMap(input: Input, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {};
  if (typeof value !== 'object' || Object.values(value).some((item) => typeof item !== 'string')) {
    throw new ServiceError('SerializationException', `${name} is not a map of strings`);
  }
  return value as Record<string, string>;
}

function parse(body: Buffer): Input {
  try {
    const value: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object');
}

/** For tests: requests as the wire has them, nothing tidied by a client. */
import { type IncomingHttpHeaders, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The code of an error document. */
  readonly code: string | undefined;
}

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** `target` is sent as it is: no dots resolved, nothing encoded. */
export function raw(
  method: string,
  endpoint: string,
  target: string,
  { headers = {}, body = '' }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint);
  const length = headers['transfer-encoding'] ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const call = request(
      { method, hostname, port, path: target, headers: { ...length, ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const code = /<Code>([^<]+)/.exec(bytes.toString())?.[1];
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes, code });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Path and query of a presigned URL. */
export function targetOf(url: string): string {
  return url.slice(new URL(url).origin.length);
}

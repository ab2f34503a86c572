/** Which fault hits which request: by a rule, or drawn from a seed. */
import { createHash } from 'node:crypto';

/** What a request asks for, in AWS's own words; `Preflight` is the browser's. */
export type Operation =
  | 'Preflight'
  | 'Cognito'
  | 'KMS'
  | 'ListObjects'
  | 'ListParts'
  | 'HeadObject'
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  /** What is asked of the presign endpoint. */
  | 'Presign'
  | 'Other';

export type Fault =
  /** The connection is cut: before anything is passed on, or after half of the request or of the answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'request' | 'response' }
  /** The service does what it is asked to, and nobody hears of it. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The line is dead, and nobody says so. */
  | { readonly kind: 'hang' }
  /** Later requests overtake it. */
  | { readonly kind: 'hold' }
  /** The service gets it twice; the first answer counts. */
  | { readonly kind: 'duplicate' }
  /** Half of the answer's body, as if that were all. */
  | { readonly kind: 'truncate' }
  /** In place of what the service would do. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  | { readonly kind: 'flip'; readonly where: 'request body' | 'response body' | 'response header' };

export interface Asked {
  readonly operation: Operation;
  /** How many of the same operation there were, from 1. */
  readonly count: number;
  readonly path: string;
}

export type Plan = (asked: Asked) => Fault | undefined;

const anything: readonly Fault[] = [
  { kind: 'cut', when: 'before' },
  { kind: 'cut', when: 'response' },
  { kind: 'drop' },
  { kind: 'delay', milliseconds: 100 },
  { kind: 'hold' },
  { kind: 'duplicate' },
  { kind: 'answer', status: 500, code: 'InternalError' },
  { kind: 'answer', status: 503, code: 'SlowDown' },
  { kind: 'answer', status: 429, code: 'TooManyRequests' },
];
const anywhere: readonly Fault[] = [...anything, { kind: 'answer', status: 403, code: 'ExpiredToken' }];
const withBody: readonly Fault[] = [
  { kind: 'cut', when: 'request' },
  { kind: 'flip', where: 'request body' },
];
const answered: readonly Fault[] = [{ kind: 'truncate' }, { kind: 'flip', where: 'response body' }];
const header: Fault = { kind: 'flip', where: 'response header' };

/** What each operation can suffer that makes sense for it. */
const possible: Readonly<Record<Operation, readonly Fault[]>> = {
  Preflight: [{ kind: 'cut', when: 'before' }, { kind: 'delay', milliseconds: 100 }, { kind: 'hold' }],
  Cognito: [{ kind: 'cut', when: 'before' }, { kind: 'drop' }, { kind: 'delay', milliseconds: 100 }],
  KMS: [],
  ListObjects: [...anywhere, ...answered],
  ListParts: [...anywhere, { kind: 'truncate' }],
  HeadObject: [...anywhere, header],
  GetObject: [...anywhere, ...answered],
  PutObject: [...anywhere, ...withBody, header],
  DeleteObject: anywhere,
  CreateMultipartUpload: [...anywhere, ...answered],
  UploadPart: [...anywhere, ...withBody, header],
  CompleteMultipartUpload: [
    ...anywhere,
    ...withBody,
    ...answered,
    { kind: 'answer', status: 200, code: 'InternalError' },
  ],
  AbortMultipartUpload: anywhere,
  Presign: [...anything, { kind: 'truncate' }],
  Other: [],
};

/**
 * Hits a share of all requests. The n-th request of an operation always meets the same, whatever comes between, so
 * a run can be repeated from its seed.
 * @param share 0 to 1
 */
export function seededPlan(seed: string, share: number): Plan {
  return ({ operation, count }) => {
    const digest = createHash('sha256').update(`${seed}/${operation}/${count}`).digest();
    // Browsers ask leave for every address anew, which would be half of all requests.
    const hit = operation === 'Preflight' ? share / 3 : share;
    if (digest.readUInt32BE(0) / 2 ** 32 >= hit) return undefined;
    const faults = possible[operation];
    return faults[digest.readUInt32BE(4) % faults.length];
  };
}

export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'cut':
      return `cut ${fault.when}`;
    case 'delay':
      return `delay ${fault.milliseconds} ms`;
    case 'answer':
      return `answer ${fault.status} ${fault.code}`;
    case 'flip':
      return `flip ${fault.where}`;
    default:
      return fault.kind;
  }
}

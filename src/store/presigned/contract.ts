/**
 * The JSON that a presign endpoint takes and gives: docs/presign.md as types. What comes in is checked by
 * whoever reads it; these only say what it is meant to be.
 */
import type { Metadata } from '../../core/object.ts';
import type { Condition } from '../store.ts';

/** `GET /me` */
export interface Me {
  /** What the keys of all my objects begin with; ends in a slash. */
  readonly prefix: string;
  /** For people to read, such as a mail address. */
  readonly name?: string;
}

/** `GET /objects?prefix=…&next=…`; at most 1000 at once. */
export interface ObjectList {
  readonly objects: readonly {
    readonly key: string;
    readonly size: number;
    readonly etag: string;
    /** ISO 8601 */
    readonly lastModified: string;
  }[];
  readonly next?: string;
}

/** `GET /object?key=…` */
export interface ObjectFacts {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601 */
  readonly lastModified: string;
  readonly metadata: Metadata;
  readonly sha256?: string;
}

/** One request to S3 that a URL is wanted for. */
export type SignRequest =
  | { readonly kind: 'get'; readonly key: string }
  | {
      readonly kind: 'put';
      readonly key: string;
      /** Bytes of the body. */
      readonly size: number;
      /** Of the body, base64. */
      readonly sha256: string;
      readonly metadata: Metadata;
      readonly condition?: Condition;
    }
  | {
      readonly kind: 'part';
      readonly key: string;
      readonly uploadId: string;
      readonly partNumber: number;
      readonly size: number;
      readonly sha256: string;
    }
  /** A part whose bytes S3 takes from an object of mine. */
  | {
      readonly kind: 'copy';
      readonly key: string;
      readonly uploadId: string;
      readonly partNumber: number;
      readonly source: string;
      readonly etag: string;
      /** First byte and the one after the last. */
      readonly range: readonly [start: number, end: number];
    };

export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  /** Signed: to be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer to `POST /sign`, in the order of the requests. */
export interface Signed {
  readonly signed: readonly SignedRequest[];
  /** Seconds until the URLs end. */
  readonly expires: number;
}

/** The most requests of one `POST /sign`. */
export const maxSignRequests = 16;

/** `POST /multipart` */
export interface Create {
  readonly key: string;
  readonly metadata: Metadata;
  /** Every part comes with its checksum; not so where parts are copied. */
  readonly checksum?: 'SHA256';
}

/** The answer to `POST /multipart`. */
export interface Created {
  readonly key: string;
  readonly uploadId: string;
}

/** As S3 calls them; `GET /multipart/{uploadId}?key=…` gives them all, as `parts`. */
export interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly ChecksumSHA256?: string;
  readonly Size?: number;
}

/** The answer to `POST /multipart/{uploadId}/complete?key=…`. */
export interface Completed {
  readonly key: string;
  readonly etag?: string;
  readonly versionId?: string;
}

/** What comes with every status from 400 on; `code` is S3's own where S3 refused. */
export interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
}

import { throwIfAborted } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import type { Stored } from './store.ts';

/** The multipart upload that takes the copy, whoever asks for it. */
export interface CopyTarget<Part> {
  /** Not to be cancelled: an upload whose id was lost on the way could not be aborted. */
  create(): Promise<string>;
  copyPart(uploadId: string, number: number, range: ByteRange): Promise<Part>;
  /** The parts in the order of their numbers. */
  complete(uploadId: string, parts: readonly Part[]): Promise<Stored>;
  abort(uploadId: string): Promise<void>;
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** UploadPartCopy takes up to 5 GiB at once; smaller ranges copy beside each other. */
  readonly rangeBytes?: number;
}

const defaultRangeBytes = 1024 ** 3;
const copiesInFlight = 4;

/** Copies an object of `size` bytes inside S3, by ranges. When it rejects, no part is left. */
export async function copyInParts<Part>(
  size: number,
  target: CopyTarget<Part>,
  { signal, rangeBytes = defaultRangeBytes }: CopyOptions = {},
): Promise<Stored> {
  const uploadId = await target.create();
  try {
    throwIfAborted(signal);
    const ranges: ByteRange[] = [];
    for (let start = 0; start < size; start += rangeBytes) {
      ranges.push({ start, end: Math.min(start + rangeBytes, size) });
    }
    const parts: Part[] = [];
    const copyNext = async (): Promise<void> => {
      for (let next = ranges.shift(); next; next = ranges.shift()) {
        const index = next.start / rangeBytes;
        parts[index] = await target.copyPart(uploadId, index + 1, next);
      }
    };
    const ends = await Promise.allSettled(
      Array.from({ length: copiesInFlight }, () =>
        copyNext().catch((error: unknown) => {
          ranges.length = 0;
          throw error;
        }),
      ),
    );
    // None is on its way any more, so none can land after an abort.
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return await target.complete(uploadId, parts);
  } catch (error) {
    await target.abort(uploadId).catch(() => {});
    throw error;
  }
}

/** Standard input and output. */
import { EnvelopeError } from '../core/errors.ts';

const readerGone = new EnvelopeError('cancelled', 'nobody reads the output any more');

/** Without it, what a write fails with would end the program a second way. */
process.stdout.on('error', () => {});

/** Resolves once the bytes have been taken, so that a slow reader slows the writer. */
export function writeStdout(bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (!error) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') reject(readerGone);
      else reject(new EnvelopeError('device-storage-refused', 'standard output failed', { cause: error }));
    });
  });
}

export const writeText = (text: string): Promise<void> => writeStdout(text);
export const writeLine = (line: string): Promise<void> => writeStdout(`${line}\n`);

export function isReaderGone(error: unknown): boolean {
  return error === readerGone;
}

/** Standard input; what fails while it is read is `file-unreadable`. */
export function readStdin(): AsyncIterable<Uint8Array> {
  return process.stdin;
}

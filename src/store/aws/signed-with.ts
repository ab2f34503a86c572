import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { type Bytes, toHex } from '../../core/bytes.ts';

/** The header with which Signature Version 4 covers a body; the SDK's signer takes it as it finds it. */
const header = 'x-amz-content-sha256';

/**
 * Has the body signed by its SHA-256 (32 bytes), which is known for the checksum already: the SDK would hash it
 * once more, or leave it unsigned.
 */
export function signedWith<Command extends PutObjectCommand | UploadPartCommand>(
  sha256: Bytes,
  command: Command,
): Command {
  // Of each command's stack the types differ; what is done here is the same.
  const stack = command.middlewareStack as PutObjectCommand['middlewareStack'];
  stack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers[header] = toHex(sha256);
      return next(args);
    },
    { step: 'build', name: 'bodySignedWithItsChecksum' },
  );
  return command;
}

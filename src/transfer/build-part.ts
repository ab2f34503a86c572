import { withRoom } from '../core/memory.ts';
import type { ByteRange } from '../core/object.ts';
import { createSlots } from '../core/slots.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { type LargeBody, openLargeBody } from '../store/large-body.ts';
import { largestInMemory, piecesOf } from './plan.ts';
import { inMemory, lengthOf, type PartMaker, type SealPartRequest } from './seal-part.ts';

/** Parts of uploads that have some on disk are made one after the other too; other uploads' parts wait for none of these. */
const building = createSlots(1);

/** Has parts that are too large for memory come together on disk, piece by piece. */
export const onDisk: PartMaker = {
  make(request, range, options) {
    const [first = range] = request.parts;
    if (!isLarge(first)) return inMemory.make(request, range, options);
    return building.run(() => {
      if (!isLarge(range)) return inMemory.make(request, range, options);
      const large = openLargeBody(lengthOf(request.encryptor.objectRange(range)), options.use);
      return build(request, range, large, options.signal);
    }, options.signal);
  },
  // One is built while another leaves.
  slotsOf: (range, slots) => (isLarge(range) ? Math.ceil(slots / 2) : inMemory.slotsOf(range, slots)),
};

function isLarge(range: ByteRange): boolean {
  return lengthOf(range) > largestInMemory;
}

async function build(
  { read, encryptor }: SealPartRequest,
  range: ByteRange,
  large: LargeBody,
  signal: AbortSignal,
) {
  try {
    for (const piece of piecesOf(range, encryptor.granularity)) {
      const bytes = await unlessAborted(read(piece), signal);
      await large.append(await unlessAborted(encryptor.seal(piece.start, bytes, withRoom(bytes)), signal));
    }
    const { file, sha256 } = await large.finish();
    return { sha256, body: () => file, leave: large.discard };
  } catch (error) {
    await large.discard();
    throw error;
  }
}

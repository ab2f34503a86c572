import { EnvelopeError } from '../../core/errors.ts';
import { loadPart } from '../../core/load-part.ts';
import { canSaveDirectly, saveDirectly } from './file-system-access.ts';
import { collectInMemory, memoryCeiling } from './memory.ts';
import type { DownloadWay, Sink, SinkRequest } from './sink.ts';
import { canStage, freeSpace, roomDetails } from './staging-space.ts';

/**
 * The best sink this browser has: straight to the place the person names, else staged on disk, else in
 * memory. Call it in the click's own turn; a dialog needs the gesture.
 * @param forced only this way, for tests
 * @throws `device-full` with the numbers, `cancelled` when the person closes the dialog
 */
export async function openSink(request: SinkRequest, forced?: DownloadWay): Promise<Sink> {
  const may = (way: DownloadWay) => forced === undefined || forced === way;

  if (may('file-system-access') && canSaveDirectly()) {
    const sink = await saveDirectly(request);
    if (sink) return sink;
  }
  if (may('staging') && canStage()) {
    const free = await freeSpace();
    if (free === undefined || free >= request.size) {
      const { stage } = await loadPart(import('./staging.ts'));
      const sink = await stage(request);
      if (sink) return sink;
    } else if (forced || request.size > memoryCeiling) {
      throw new EnvelopeError('device-full', 'too little space', {
        details: roomDetails(request.size, free),
      });
    }
  }
  if (may('memory')) return collectInMemory(request);
  throw new EnvelopeError('device-storage-refused', `this browser cannot deliver by ${forced}`);
}

import { EnvelopeError } from './errors.ts';

/** Waits for a part of the program that is fetched when it is needed; `network-failed` where it does not come. */
export async function loadPart<Part>(coming: Promise<Part>): Promise<Part> {
  try {
    return await coming;
  } catch (cause) {
    throw new EnvelopeError('network-failed', 'a part of the program could not be loaded', { cause });
  }
}

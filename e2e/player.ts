/** Sound, and the preview that plays it. */
import type { Page } from '@playwright/test';

/** The player in its frame, where no script of a document runs. */
export function player<T>(
  page: Page,
  ask: (audio: HTMLAudioElement, value: number) => T,
  value = 0,
): Promise<T> {
  const audio = page.frameLocator('iframe').locator('audio');
  return audio.evaluate(ask as (audio: HTMLElement | SVGElement, value: number) => T, value);
}

export function moveTo(page: Page, seconds: number): Promise<void> {
  return player(
    page,
    (audio, seconds) => {
      audio.currentTime = seconds;
    },
    seconds,
  );
}

/** Silence of so many bytes: 16-bit mono at 8 kHz. */
export function wav(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(size - 8, 4);
  bytes.write('WAVEfmt ', 8);
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 16_000],
  ] as const)
    bytes.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.write('data', 36);
  bytes.writeUInt32LE(size - 44, 40);
  return bytes;
}

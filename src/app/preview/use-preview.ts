import { useEffect, useState } from 'react';
import { asEnvelopeError, type EnvelopeError } from '../../core/errors.ts';
import type { Preview } from '../../transfer/preview/open-preview.ts';
import type { Previewed } from './previewable.ts';

export type PreviewState =
  | Opening
  | { readonly state: 'ready'; readonly preview: Preview }
  | { readonly state: 'failed'; readonly error: EnvelopeError };

interface Opening {
  readonly state: 'opening';
  readonly progress: number;
  readonly offline: boolean;
}

const opening: Opening = { state: 'opening', progress: 0, offline: false };

/** Opens a file to look at, anew for each attempt, and leaves nothing of it when the screen turns to something else. */
export function usePreview(file: Previewed, attempt: number): PreviewState {
  const [state, setState] = useState<PreviewState>(opening);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to open it again
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const change = (changed: Partial<Pick<Opening, 'progress' | 'offline'>>) =>
      setState((before) => (before.state === 'opening' ? { ...before, ...changed } : before));
    let preview: Preview | undefined;
    setState(opening);
    file
      .open({
        signal,
        onProgress: (progress) => change({ progress: Math.floor(progress * 100) / 100 }),
        onOffline: (offline) => change({ offline }),
      })
      .then(
        (opened) => {
          if (signal.aborted) return opened.close();
          preview = opened;
          setState({ state: 'ready', preview });
        },
        (error: unknown) => {
          if (!signal.aborted) setState({ state: 'failed', error: asEnvelopeError(error) });
        },
      );
    return () => {
      controller.abort();
      preview?.close();
    };
  }, [file, attempt]);
  return state;
}

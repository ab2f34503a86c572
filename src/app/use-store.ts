import { useSyncExternalStore } from 'react';

/** What uploads, downloads and files have in common: they live outside React and tell when they change. */
export interface Store<T> {
  subscribe(listener: () => void): () => void;
  snapshot(): T;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

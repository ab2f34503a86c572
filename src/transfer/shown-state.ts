/** The state of one transfer as its row shows it. */
export interface ShownState<State extends string> {
  set(state: State): void;
  /** For `withRetry`: several requests of a transfer may wait for the network at once. */
  readonly onOffline: (offline: boolean) => void;
}

/** Tells of every change; `offline` takes the state's place for as long as any request waits for the network. */
export function createShownState<State extends string>(
  first: State,
  publish: (state: State | 'offline') => void,
): ShownState<State> {
  let current = first;
  let waiting = 0;
  const show = () => publish(waiting > 0 ? 'offline' : current);
  show();
  return {
    set(state) {
      if (state === current) return;
      current = state;
      show();
    },
    onOffline(offline) {
      waiting += offline ? 1 : -1;
      show();
    },
  };
}

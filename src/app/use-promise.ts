import { useEffect, useState } from 'react';

export type Settling<T> =
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown };

/** Follows a promise that was started elsewhere (in a click, or before the first render). */
export function usePromise<T>(promise: Promise<T>): Settling<T> {
  const [settled, setSettled] = useState<{ of: Promise<T>; outcome: Settling<T> }>();
  useEffect(() => {
    let current = true;
    const settle = (outcome: Settling<T>) => {
      if (current) setSettled({ of: promise, outcome });
    };
    promise.then(
      (value) => settle({ state: 'ready', value }),
      (error: unknown) => settle({ state: 'failed', error }),
    );
    return () => {
      current = false;
    };
  }, [promise]);
  return settled?.of === promise ? settled.outcome : { state: 'pending' };
}

/** For a promise whose failure a screen is about to show: until then it is not an unhandled one. */
export function shownLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

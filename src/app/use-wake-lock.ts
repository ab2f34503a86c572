import { useEffect } from 'react';

/**
 * Keeps the screen awake, where the browser lets a page: a phone that falls asleep ends its requests. The browser
 * takes the lock back when the page is hidden, so it is asked for again when it is seen again.
 */
export function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    // Missing in some browsers, whatever the types say.
    const { wakeLock } = navigator as Partial<Navigator>;
    if (!wanted || !wakeLock) return;
    let lock: WakeLockSentinel | undefined;
    let asked = false;
    let over = false;
    const ask = async () => {
      if (asked || document.visibilityState !== 'visible' || lock?.released === false) return;
      asked = true;
      // Refused where the battery is low; the uploads go on all the same.
      const given = await wakeLock.request('screen').catch(() => undefined);
      asked = false;
      if (over) void given?.release();
      else lock = given;
    };
    void ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, [wanted]);
}

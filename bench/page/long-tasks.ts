let longest = 0;
let observer: PerformanceObserver | undefined;

/** Starts to note the main thread's long tasks, those of 50 ms and more. */
export async function watchLongTasks(): Promise<void> {
  observer ??= new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ type: 'longtask' });
  longest = 0;
}

/** Milliseconds of the longest since it was last asked; 0 if there was none. */
export async function longestTask(): Promise<number> {
  const answer = longest;
  longest = 0;
  return answer;
}

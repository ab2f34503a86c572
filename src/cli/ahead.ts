/** Works on several at once, and gives the results in their order. */
export async function* aheadInOrder<T, R>(
  items: AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Looked at when its turn comes, or never where one before it has failed.
    result.catch(() => {});
    running.push(result);
    if (running.length < ahead) continue;
    const next = running.shift();
    if (next) yield await next;
  }
  for (const last of running) yield await last;
}

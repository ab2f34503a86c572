const perTurn = 100;

/** Does something to each of many, some at once and the others in turns, so that the page goes on answering. */
export async function inTurns<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % perTurn === 0) await new Promise((resolve) => setTimeout(resolve));
    act(item);
  }
}

/** The longest delay that setTimeout keeps; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

/** Calls `fire` once after `delayMs` of this process's own time, however long; the returned function forgets it. */
export function after(delayMs: number, fire: () => void): () => void {
  const dueAt = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const leftMs = dueAt - performance.now();
    timer = leftMs > longestMs ? setTimeout(arm, longestMs) : setTimeout(fire, Math.max(0, leftMs));
  };
  arm();
  return () => clearTimeout(timer);
}

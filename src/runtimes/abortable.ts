/** The same chunks; rejects on abort also while the source gives nothing. */
export async function* abortable<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  let refuse: (reason: unknown) => void = () => {};
  const onAbort = (): void => refuse(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      // Each wait has a promise of its own: a race against one that lives as long as the stream would keep all chunks.
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        refuse = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // not awaited: a source that hangs would never give its answer
    if (signal?.aborted) Promise.resolve(iterator.return?.()).catch(() => {});
    else await iterator.return?.();
  }
}

interface Waiting {
  readonly canGo: () => boolean;
  readonly go: () => void;
}

interface InTurn {
  readonly signal: AbortSignal;
  /** Before all others who wait. */
  readonly isFirst?: boolean;
}

/** Who works in a tree. Whoever wants it alone waits until nobody else does; who comes later waits behind. */
export class Turns {
  readonly #working = new Set<{ readonly owner: object }>();
  #waiting: readonly Waiting[] = [];

  /** Works in the tree until it calls what it gets. */
  enter(
    owner: object,
    signal: AbortSignal,
  ): Promise<{ readonly isAlone: boolean; readonly leave: () => void }> {
    const begin = () => {
      const work = { owner };
      this.#working.add(work);
      const leave = (): void => {
        this.#working.delete(work);
        this.#next();
      };
      return { isAlone: this.#working.size === 1, leave };
    };
    return this.#inTurn({ canGo: () => true, job: begin }, { signal });
  }

  /** Does a job when nobody but its owner works in the tree. */
  alone<T>(owner: object, job: () => T, signal: AbortSignal): Promise<T> {
    const works = [...this.#working].map((work) => work.owner);
    const canGo = () => [...this.#working].every((work) => work.owner === owner);
    // who waits for this owner to leave cannot come before it
    return this.#inTurn({ canGo, job }, { signal, isFirst: works.includes(owner) });
  }

  #inTurn<T>(
    { canGo, job }: { readonly canGo: () => boolean; readonly job: () => T },
    { signal, isFirst = false }: InTurn,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      reject(signal.reason as Error);
      this.#next();
    };
    const go = (): void => {
      signal.removeEventListener("abort", onAbort);
      try {
        resolve(job());
      } catch (error) {
        reject(error);
      }
    };
    const waiting = { canGo, go };
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting = isFirst ? [waiting, ...this.#waiting] : [...this.#waiting, waiting];
    this.#next();
    return promise;
  }

  #next(): void {
    for (let [first, ...others] = this.#waiting; first?.canGo(); [first, ...others] = this.#waiting) {
      this.#waiting = others;
      first.go();
    }
  }
}

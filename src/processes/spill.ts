/** A stream of bytes on its way to a sink that may be slower than the source. */
export interface Spill {
  /** Resolves when the sink has taken the chunk, or takes no more. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
  /** What the sink resolved with; never rejects before it is awaited. */
  readonly stored: Promise<string>;
}

/** Hands chunks to the sink one at a time: nothing is queued, so a slow sink slows the program that prints. */
export function createSpill(sink: (bytes: AsyncIterable<Uint8Array>) => Promise<string>): Spill {
  const state: State = { offered: undefined, ended: false, closed: false, wake: () => {} };
  const close = (): void => {
    state.closed = true;
    state.offered?.taken();
    state.offered = undefined;
  };
  // Waiting for the next turn turns a sink that throws at once into one that rejects.
  const stored = Promise.resolve().then(() => sink(offers(state)));
  stored.then(close, close);
  return {
    write(chunk) {
      if (state.closed) return Promise.resolve();
      return new Promise((resolve) => {
        state.offered = { chunk, taken: resolve };
        state.wake();
      });
    },
    end() {
      state.ended = true;
      state.wake();
    },
    stored,
  };
}

interface State {
  offered: { readonly chunk: Uint8Array; readonly taken: () => void } | undefined;
  ended: boolean;
  closed: boolean;
  wake: () => void;
}

async function* offers(state: State): AsyncGenerator<Uint8Array> {
  while (!state.ended || state.offered) {
    const { offered } = state;
    if (!offered) {
      await new Promise<void>((resolve) => (state.wake = resolve));
      continue;
    }
    yield offered.chunk;
    state.offered = undefined;
    offered.taken();
  }
}

/** Texts for one reader, who gets them in the order in which they came. */
export interface Texts extends AsyncIterable<string> {
  push(text: string): void;
  end(): void;
}

export function createTexts(): Texts {
  const waiting: string[] = [];
  let hasEnded = false;
  let more = Promise.withResolvers<void>();
  const wake = (): void => {
    more.resolve();
    more = Promise.withResolvers();
  };
  return {
    push(text) {
      waiting.push(text);
      wake();
    },
    end() {
      hasEnded = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const text = waiting.shift();
        if (text !== undefined) yield text;
        else if (hasEnded) return;
        else await more.promise;
      }
    },
  };
}

import type { DeadLetter, StreamId, StreamStore } from "../ports/stream-store.ts";

/** Letters that are looked at together. */
const page = 500;

/** All letters of a stream from the oldest on, as they are asked for. */
export async function* allLetters(
  store: StreamStore,
  id: StreamId,
  first = 1,
): AsyncGenerator<DeadLetter, void, undefined> {
  for (let after = first - 1; ;) {
    const letters = await store.dead(id, { after, most: page });
    yield* letters;
    const last = letters.at(-1);
    if (!last) return;
    after = last.letter;
  }
}

/** Those of these numbers that are there and are whole records. */
export async function lettersOf(
  store: StreamStore,
  id: StreamId,
  numbers: readonly number[],
): Promise<readonly DeadLetter[]> {
  const [first, ...rest] = numbers.toSorted((a, b) => a - b);
  if (first === undefined) return [];
  const wanted = new Set(numbers);
  const last = rest.at(-1) ?? first;
  const found: DeadLetter[] = [];
  for await (const letter of allLetters(store, id, first)) {
    if (letter.letter > last) break;
    if (wanted.has(letter.letter) && letter.whole) found.push(letter);
  }
  return found;
}

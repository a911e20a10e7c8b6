import type { Memory } from "../ports/memory.ts";
import { tooFull } from "./errors.ts";
import { countNotes, readable, withNotes } from "./text.ts";

interface KeptText {
  readonly text: string;
  readonly changedAt: number;
}

/** A memory that goes with its process; `texts`: where it is kept. */
export function createKeptMemory(
  { now }: { readonly now: () => number },
  texts = new Map<string, KeptText>(),
): Memory {
  return {
    list: () =>
      Promise.resolve(
        [...texts]
          .map(([name, { text, changedAt }]) => ({
            name,
            bytes: Buffer.byteLength(text),
            notes: countNotes(text),
            changedAt,
          }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      ),
    read: (name, maxBytes = Number.POSITIVE_INFINITY) => {
      const kept = texts.get(name);
      return Promise.resolve(kept && readable(kept.text, maxBytes));
    },
    add: (name, notes) => {
      const made = withNotes(name, texts.get(name)?.text, notes);
      if (!made) return Promise.reject(tooFull(name, notes.maxBytes));
      const { text, ...told } = made;
      if (told.added > 0) texts.set(name, { text, changedAt: now() });
      return Promise.resolve(told);
    },
    clear: (name) => Promise.resolve(texts.delete(name)),
  };
}

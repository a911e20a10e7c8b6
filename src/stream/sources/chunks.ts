import { createDraft } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { createPull } from "./wait.ts";
import { TuttiError } from "../../errors.ts";
import type { Json } from "../../expression/json.ts";
import type { RecordDecoder } from "../records/decode.ts";
import type { SourceReader } from "../source.ts";

export interface ChunkedOptions {
  /** What origins call it. */
  readonly name: string;
  readonly decoder: RecordDecoder;
  /** The bytes that come next; undefined: no more will. A failure is told when all records before it were given. */
  readonly next: () => Promise<Uint8Array | undefined>;
  /** Records, bad ones too, that were given before and are passed over. */
  readonly skip: number;
  /** To give fewer than that is a failure. */
  readonly repeats?: true;
  /** Where it stands behind so many records, bad ones too. */
  readonly position: (taken: number) => Json;
}

/** Reads records from bytes that come once; `close` is for who has opened what they come from. */
export function createChunkedReader(options: ChunkedOptions): Pick<SourceReader, "read"> {
  const { name, decoder, position } = options;
  const pull = createPull(options.next);
  let taken = 0;
  let over = false;

  function fill(draft: Draft): void {
    while (!draft.isFull) {
      const record = decoder.next() ?? (over ? decoder.last() : undefined);
      if (record === undefined) break;
      taken += 1;
      if (taken > options.skip) draft.add(record, name);
    }
  }

  return {
    async read(most, signal) {
      signal.throwIfAborted();
      const draft = createDraft(most);
      for (fill(draft); draft.count === 0 && !over; fill(draft)) {
        const chunk = await pull(signal);
        if (chunk === undefined) over = true;
        else decoder.feed(chunk);
      }
      if (options.repeats && over && taken < options.skip)
        throw fewer(name, { now: taken, before: options.skip });
      return draft.done({
        position: position(Math.max(taken, options.skip)),
        ended: over && draft.count === 0,
      });
    },
  };
}

function fewer(name: string, { now, before }: { readonly now: number; readonly before: number }): TuttiError {
  return new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot go on with the source "${name}": it gives ${now} records now, and ${before} were read before`,
    { fix: "let it give the same again, or start a new run" },
  );
}

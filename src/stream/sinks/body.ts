import type { RecordFormat } from "../../language/pipeline.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";
import { encode, type Encoded } from "../records/encode.ts";
import type { DeadRecord } from "../sink.ts";

/** A batch as it is handed to others. */
export interface Body {
  readonly text: string;
  /** The records in it; none: there is nothing to hand over. */
  readonly texts: readonly string[];
  readonly dead: readonly DeadRecord[];
}

export type BodyFormat = RecordFormat | { readonly kind: "json" };

/** `json`: a list; CSV has its header in each batch. */
export function bodyOf(records: readonly StreamRecord[], format: BodyFormat): Body {
  const all = records.map(({ text }) => text);
  const { text, dead } = encoded(all, format);
  if (dead.length === 0) return { text, texts: all, dead };
  const gone = new Set(dead.map(({ index }) => index));
  return { text, texts: all.filter((_, index) => !gone.has(index)), dead };
}

function encoded(texts: readonly string[], format: BodyFormat): Encoded {
  return format.kind === "json" ? { text: `[${texts.join(",")}]`, dead: [] } : encode(texts, { format });
}

/** What the format is called on the web. */
export function mediaType({ kind }: BodyFormat): string {
  switch (kind) {
    case "json":
      return "application/json";
    case "jsonl":
      return "application/x-ndjson";
    case "lines":
      return "text/plain; charset=utf-8";
    case "csv":
      return "text/csv; charset=utf-8; header=present";
  }
}

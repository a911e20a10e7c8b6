import { createDraft, recordOf } from "./draft.ts";
import type { SourceOptions } from "./options.ts";
import { isCount, readPosition } from "./position.ts";
import { TuttiError } from "../../errors.ts";
import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { Source } from "../../language/pipeline.ts";
import type { SourceReader } from "../source.ts";

type ValueSource = Extract<Source, { readonly kind: "list" | "run" }>;

/**
 * The items of a list that is there already; what a node of a run came to is one record when it is no list. Of a run whose nodes
 * came to several things, the only list among them.
 */
export function openValues(source: ValueSource, options: SourceOptions): SourceReader {
  const { kind } = source;
  const items = itemsOf(source, options.value);
  const from = readPosition(options.position, {
    kind,
    parse: ({ next }) => (isCount(next) ? next : undefined),
  });
  let next = from ?? 0;
  if (next > items.length) {
    throw unfit(`it has ${items.length} records now, and ${next} were read before`, "start a new run");
  }
  const name = kind === "run" ? source.run : kind;
  return {
    async read(most, signal) {
      signal.throwIfAborted();
      const draft = createDraft(most);
      for (; next < items.length && !draft.isFull; next += 1) {
        const text = JSON.stringify(items[next] ?? null);
        draft.add(recordOf(text, { line: next + 1, maxBytes: options.flow.recordBytes }), name);
      }
      const left = items.length - next;
      return draft.done({ position: { kind, next }, ended: left === 0, lag: { records: left } });
    },
    close: async () => {},
  };
}

function itemsOf(source: ValueSource, value: Json | undefined): readonly Json[] {
  if (value === undefined) throw unfit("it came to nothing", "name a step or run that has an output");
  if (isList(value)) return value;
  if (source.kind === "run")
    return isObject(value) && source.node === undefined ? onlyList(source, value) : [value];
  throw unfit(`"${source.items}" is no list`, "name a list, such as ${ scan.output.issues }");
}

function onlyList(
  { run }: Extract<ValueSource, { readonly kind: "run" }>,
  value: JsonObject,
): readonly Json[] {
  const lists = Object.entries(value).flatMap(([name, one]) =>
    one !== undefined && isList(one) ? [{ name, items: one }] : [],
  );
  const [only] = lists;
  if (only && lists.length === 1) return only.items;
  const names = (only ? lists.map(({ name }) => name) : Object.keys(value)).slice(0, 10);
  throw unfit(
    `of what run ${run} came to, ${only ? `${lists.length} are lists` : "none is a list"}`,
    `name the node whose output is meant, as in \`{run: ${run}, node: ${names[0] ?? "NAME"}}\`; it gave ${names.join(", ")}`,
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function unfit(reason: string, fix: string): TuttiError {
  return new TuttiError("SOURCE_UNREADABLE", `Cannot take records from what is there already: ${reason}`, {
    fix,
  });
}

import { isObject, type Json } from "../../expression/json.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";
import type { Processed } from "../processor.ts";
import type { DeadRecord } from "../sink.ts";
import { parseRecord, textOf } from "./records.ts";

/** What the work on a batch came to, each item JSON without line breaks: a list of records, or one value. */
export type Given = { readonly list: readonly string[] } | { readonly one: string };

export interface GivenFor {
  readonly given: Given;
  /** Name under which it is put into the records of the batch, instead of taking their place. */
  readonly into?: string | undefined;
}

/** A list is its items; anything else is one, and no value is null. */
export function givenOf(value: Json | undefined): Given {
  return Array.isArray(value)
    ? { list: value.map((item: Json) => textOf(item)) }
    : { one: textOf(value ?? null) };
}

/**
 * What a stage gives for a batch. As many items as there are records: each comes from its record; else all come from the
 * first. Null is no record.
 *
 * With `into` every record of the batch goes on, with its item where there are as many, else with the whole; one that is no
 * object can hold nothing and is dead.
 */
export function recordsGiven(batch: readonly StreamRecord[], { given, into }: GivenFor): Done {
  if (into !== undefined) return putInto(batch, { given, into });
  const outputs = textsOf(given).map((text, index, { length }) => ({
    no: batch[length === batch.length ? index : 0]?.no ?? 0,
    text,
  }));
  return { ok: true, outputs, filtered: 0, dead: [] };
}

type Done = Extract<Processed, { readonly ok: true }>;

function textsOf(given: Given): readonly string[] {
  if ("list" in given) return given.list;
  return given.one === "null" ? [] : [given.one];
}

function putInto(
  batch: readonly StreamRecord[],
  { given, into }: { readonly given: Given; readonly into: string },
): Done {
  const items = "list" in given && given.list.length === batch.length ? given.list : undefined;
  const whole = parseRecord("list" in given ? `[${given.list.join(",")}]` : given.one);
  const outputs: StreamRecord[] = [];
  const dead: DeadRecord[] = [];
  for (const [index, { no, text }] of batch.entries()) {
    const record = parseRecord(text);
    if (isObject(record)) {
      const item = items?.[index];
      const value = item === undefined ? whole : parseRecord(item);
      outputs.push({ no, text: textOf({ ...record, [into]: value }) });
    } else
      dead.push({
        index,
        code: "RECORD_UNFIT",
        reason: `it is no object, so nothing can be put into it as "${into}"`,
      });
  }
  return { ok: true, outputs, filtered: 0, dead };
}

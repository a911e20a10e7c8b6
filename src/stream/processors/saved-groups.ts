import { TuttiError } from "../../errors.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { ReduceWork, Stage } from "../../language/pipeline.ts";
import type { StreamValue } from "../../ports/stream-store.ts";
import type { Group } from "./groups.ts";
import { parseRecord, textOf } from "./records.ts";
import { restoredTotal, restoreItems, savedTotal, takeUnsaved } from "./saved-totals.ts";
import { beginning } from "./windows.ts";

/** A stage that gathers, as it was left. */
export interface Restored {
  readonly reached: number;
  /** As they appeared. */
  readonly groups: readonly Group[];
}

/** What of it is to be saved. */
export interface Unsaved {
  readonly reached: number;
  /** Groups that have changed, and are open. */
  readonly changed: Iterable<Group>;
  readonly closed: Iterable<Group>;
}

type Gathering = { readonly stage: Pick<Stage, "name">; readonly work: ReduceWork };

const headKey = "reached";
const groupKey = (id: number) => `group ${id}`;
const pageKey = (id: number, page: number) => `group ${id} page ${page}`;

/**
 * The values that save it: one for how far it has come, one for each group, and one more for the items that a group has got
 * since it was last saved.
 */
export function savedValues(
  { stage, work }: Gathering,
  { reached, changed, closed }: Unsaved,
): readonly StreamValue[] {
  const values: StreamValue[] = [];
  // as a text, in which numbers keep their digits whatever holds it
  const put = (key: string, value: Json | undefined) =>
    values.push({ stage: stage.name, key, value: value === undefined ? null : textOf(value) });
  put(headKey, { shape: shapeOf(work), reached: Number.isFinite(reached) ? reached : null });
  for (const { id, pages } of closed) {
    if (pages === undefined) continue;
    put(groupKey(id), undefined);
    for (let page = 0; page < pages; page += 1) put(pageKey(id, page), undefined);
  }
  for (const group of changed) {
    const items = group.totals.map((total) => takeUnsaved(total));
    group.pages ??= 0;
    if (items.some(({ length }) => length > 0)) put(pageKey(group.id, group.pages++), items);
    const { window, by, no, pages } = group;
    put(groupKey(group.id), {
      window,
      by,
      no,
      pages,
      totals: group.totals.map((total) => savedTotal(total)),
    });
  }
  return values;
}

/** Throws PIPELINE_CHANGED when the stage gathered otherwise when it was left, and STORE_DAMAGED. */
export function restoreGroups({ stage, work }: Gathering, values: readonly StreamValue[]): Restored {
  const saved = new Map(
    values.flatMap(({ stage: of, key, value }) =>
      of === stage.name && typeof value === "string" ? [[key, parseRecord(value)] as const] : [],
    ),
  );
  const head = saved.get(headKey);
  if (!isObject(head)) return { reached: beginning(work.window), groups: [] };
  const ids = [...saved.keys()].flatMap((key) => /^group (\d+)$/.exec(key)?.[1] ?? []).map(Number);
  if (head["shape"] !== shapeOf(work)) {
    if (ids.length > 0) throw changedSince(stage.name);
    return { reached: beginning(work.window), groups: [] };
  }
  const groups = ids
    .sort((a, b) => a - b)
    .map((id) => {
      const group = restoredGroup(work, { id, saved });
      if (!group) throw damaged(stage.name);
      return group;
    });
  const { reached } = head;
  return { reached: typeof reached === "number" ? reached : beginning(work.window), groups };
}

/** How it gathers: what was saved is of use only where this is the same. */
function shapeOf({ window, by, give }: ReduceWork): string {
  const kinds = Object.entries(give).map(([name, { kind }]) => [name, kind]);
  return canonicalJson([window ?? null, Object.keys(by), kinds]);
}

function restoredGroup(
  { give }: ReduceWork,
  { id, saved }: { readonly id: number; readonly saved: ReadonlyMap<string, Json> },
): Group | undefined {
  const { window, by, no, pages, totals: kept } = objectIn(saved.get(groupKey(id)));
  if (typeof window !== "number" || typeof no !== "number" || typeof pages !== "number") return undefined;
  const totals = Object.values(give).flatMap((one, index) => restoredTotal(one, listIn(kept)[index]) ?? []);
  if (totals.length !== Object.keys(give).length) return undefined;
  for (let page = 0; page < pages; page += 1) {
    const items = listIn(saved.get(pageKey(id, page)));
    for (const [index, total] of totals.entries()) restoreItems(total, listIn(items[index]));
  }
  return { id, window, key: canonicalJson(by), by: listIn(by), totals, no, pages };
}

function objectIn(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function changedSince(stage: string): TuttiError {
  return new TuttiError(
    "PIPELINE_CHANGED",
    `Cannot go on in stage "${stage}": it has records gathered by other groups, windows or aggregates than it has now`,
    { fix: "bring back its `reduce` as it was, or begin a new run" },
  );
}

function damaged(stage: string): TuttiError {
  return new TuttiError(
    "STORE_DAMAGED",
    `Cannot go on in stage "${stage}": what it had gathered is not as it was saved`,
    { fix: "begin a new run, or bring the database back from a copy" },
  );
}

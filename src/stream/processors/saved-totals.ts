import { wholeNumber } from "../../expression/exact.ts";
import { type Json } from "../../expression/json.ts";
import type { Aggregate } from "../../language/pipeline.ts";
import { numberOf, type Sum } from "./sums.ts";
import { emptyTotal, type Total } from "./totals.ts";

/** What is saved of a total each time that it changes; its items are saved by themselves. */
export function savedTotal(total: Total): Json {
  switch (total.kind) {
    case "count":
      return total.count;
    case "sum":
    case "mean":
      return savedSum(total.sum);
    case "distinct":
    case "list":
      return null;
    default:
      return total.value === undefined ? [] : [total.value];
  }
}

function savedSum({ count, whole, others }: Sum): Json {
  return [count, wholeNumber(whole), ...(others ? [others.total, others.lost] : [])];
}

/** Items that have come since they were last taken to be saved. */
export function takeUnsaved(total: Total): readonly Json[] {
  if (!("unsaved" in total) || total.unsaved.length === 0) return [];
  const items = total.unsaved;
  total.unsaved = [];
  return items;
}

/** The total that was saved; undefined: it was not saved as such a one. Its items are to be restored. */
export function restoredTotal(aggregate: Aggregate, saved: Json | undefined): Total | undefined {
  const total = emptyTotal(aggregate);
  switch (total.kind) {
    case "count":
      return typeof saved === "number" ? { ...total, count: saved } : undefined;
    case "sum":
    case "mean": {
      const sum = restoredSum(saved);
      return sum && { ...total, sum };
    }
    case "distinct":
    case "list":
      return saved === null ? total : undefined;
    case "fold":
      return Array.isArray(saved) && saved.length === 1 ? { ...total, value: saved[0] as Json } : undefined;
    default:
      return Array.isArray(saved) ? { ...total, value: saved[0] as Json | undefined } : undefined;
  }
}

function restoredSum(saved: Json | undefined): Sum | undefined {
  if (!Array.isArray(saved)) return undefined;
  const [count, whole, total, lost] = (saved as readonly Json[]).map((item) => numberOf(item));
  if (typeof count !== "number" || whole === undefined) return undefined;
  const others = typeof total === "number" && typeof lost === "number" ? { total, lost } : undefined;
  return { count, whole: BigInt(whole), others };
}

/** Puts items back that were saved. */
export function restoreItems(total: Total, items: readonly Json[]): void {
  for (const item of items) {
    if (total.kind === "list") total.items.push(item);
    else if (total.kind === "distinct" && typeof item === "string") total.seen.add(item);
  }
}

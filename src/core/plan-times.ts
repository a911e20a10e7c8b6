import { compileJsonTemplate } from "../expression/template.ts";
import type { Action, EachAction } from "../language/workflow.ts";

/** How often one after another a step does what it holds, as far as the file says: once when that is not known. */
export function timesOf(action: Action, parallel: number): number {
  if (action.kind === "loop") return action.until === undefined ? action.max : 1;
  if (action.kind !== "each") return 1;
  const count = itemCountOf(action);
  return count === undefined ? 1 : Math.ceil(count / Math.max(1, action.concurrency ?? parallel));
}

/** How many items a list has that is written in the file; undefined for one that only the run knows. */
export function itemCountOf({ items }: EachAction): number | undefined {
  const template = compileJsonTemplate(items);
  if (template.references.length > 0) return undefined;
  const list = template.render(() => undefined);
  return Array.isArray(list) ? list.length : undefined;
}

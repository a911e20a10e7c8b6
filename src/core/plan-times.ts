import { compileJsonTemplate } from "../expression/template.ts";
import type { Action, EachAction } from "../language/workflow.ts";

interface Known {
  /** Items at once where the step says nothing else. */
  readonly parallel: number;
  /** How many items there are, where the file does not say it. */
  readonly count?: number | undefined;
}

/** How often one after another a step does what it holds, as far as that is known: once when it is not. */
export function timesOf(action: Action, known: Known): number {
  return knownTimesOf(action, known) ?? 1;
}

/** The same; undefined for a loop or a list of which only the run will know it. */
export function knownTimesOf(action: Action, { parallel, count: known }: Known): number | undefined {
  if (action.kind === "loop") return action.until === undefined ? action.max : undefined;
  if (action.kind !== "each") return 1;
  const count = known ?? itemCountOf(action);
  return count === undefined ? undefined : Math.ceil(count / Math.max(1, action.concurrency ?? parallel));
}

/** How many items a list has that is written in the file; undefined for one that only the run knows. */
export function itemCountOf({ items }: EachAction): number | undefined {
  const template = compileJsonTemplate(items);
  if (template.references.length > 0) return undefined;
  const list = template.render(() => undefined);
  return Array.isArray(list) ? list.length : undefined;
}

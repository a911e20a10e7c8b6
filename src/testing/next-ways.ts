import type { Event } from "../core/events.ts";
import type { Way } from "../language/workflow.ts";
import { CoreRun } from "./core-run.ts";
import { chainOf, stepOf, workflowWith } from "./holders.ts";

/** A way with one step, `turn`. */
export const way = (name: string, when?: string): Way => ({
  name,
  chain: chainOf([stepOf("turn")]),
  ...(when === undefined ? {} : { when }),
});

export const three = [way("a", "true"), way("b", "true"), way("rest")];

/** A run of `do`, which takes one of these ways after another, and `after`. */
export function runOf(
  ways: readonly Way[] = three,
  rest: { readonly maxTries?: number; readonly adaptive?: true } = {},
): CoreRun {
  const work = stepOf("do", { kind: "branch", ways, onFailure: "next", ...rest });
  const after = stepOf("after", undefined, { needs: [{ step: "do", because: "depends_on" }] });
  return new CoreRun(workflowWith([work, after]));
}

/** What was decided in it. */
export function decided(run: CoreRun): readonly Extract<Event, { type: "branch.decided" }>[] {
  return run.events.filter((event) => event.type === "branch.decided");
}

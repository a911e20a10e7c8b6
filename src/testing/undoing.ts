import { undoStatusOf } from "../core/undo.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, workflowOf } from "./core-run.ts";

export function undoChain(steps: readonly Json[], rest: JsonObject = {}) {
  return workflowOf({ name: "test", chain: { steps }, ...rest });
}

export const a: JsonObject = { name: "a", run: "./a", undo: "./undo-a" };
export const b: JsonObject = { name: "b", run: "./b", undo: { run: "./undo-b", retry: 1 } };
export const z: JsonObject = { name: "z", run: "./z" };

/** `a` and `b` are done, and `z` failed. */
export function failing(rest: JsonObject = {}): CoreRun {
  const run = new CoreRun(undoChain([a, b, z], rest));
  run.ok("a");
  run.ok("b");
  run.fail("z");
  return run;
}

export function undoOf(run: CoreRun, address: string) {
  return undoStatusOf(run.state, run.node(address));
}

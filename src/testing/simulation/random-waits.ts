import type { Json } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";
import type { WorkflowKind } from "./making.ts";

/** A wait for a time or for a signal. */
export function randomWait(dice: Dice, kind: WorkflowKind): Json {
  const signal = dice.pick(["go", "stop"]);
  if (dice.chance(0.5)) return dice.chance(0.2) ? { until: "2026-01-01T00:00:30Z" } : `${dice.below(60)}s`;
  return kind === "any" && dice.chance(0.5) ? { signal, deadline: `${1 + dice.below(60)}s` } : { signal };
}

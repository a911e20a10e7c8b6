import type { JsonObject } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";
import { type Making, some } from "./making.ts";

/** A gate that asks an agent; `name`: the step, when it has run before the gate does. */
export function judgeGate(dice: Dice, name: string | undefined): JsonObject {
  const about = `is it good, \${ ${name === undefined ? "inputs.from" : `steps["${name}"].output`} }?`;
  return dice.pick<JsonObject>([
    { judge: about },
    { judge: { criteria: [about], threshold: 50, agent: dice.pick(["mock", "judge"]) } },
    { duplication: { criterion: about, model: "m" } },
  ]);
}

/** Steps side by side that are judged, under a cap that cannot hold for all that the judges may ask. */
export function jury({ dice }: Making, name: string): JsonObject {
  const count = 2 + dice.below(3);
  const steps = Array.from({ length: count }, (_, at) => ({
    name: `${name}-${at}`,
    run: "./work",
    [dice.pick(["gates", "gates", "before"])]: [
      { ...judgeGate(dice, undefined), level: dice.pick(["advisory", "blocking"]) },
    ],
    ...some(dice.chance(0.3), () => ({ error_strategy: "continue_on_failure" })),
  }));
  return { limits: { agents: 2 + dice.below(2 * count) }, chain: { parallel_where_possible: true, steps } };
}

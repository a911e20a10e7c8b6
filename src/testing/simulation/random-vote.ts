import type { Json, JsonObject } from "../../expression/json.ts";
import { type Making, pickOf, some } from "./making.ts";

/** What workers give as `n`, and nothing else. */
const options = [0, 1, 2, 3, 4];

/** A count of what a step gave that was made before: what it holds votes by its `n`, and who has none does not count. */
export function randomTally({ dice, visible }: Making): JsonObject {
  const { name } = pickOf(dice, visible);
  const voters = ["n", "of", "list", "0", "1", ...visible.map((one) => one.name)];
  const voter = (): string => dice.pick([voters[0] ?? "n", ...voters]);
  const rule = dice.pick<Json>([
    "majority",
    "unanimous",
    "ranked",
    { weighted: { weights: { [voter()]: 2.5 } } },
    { quorum: 1 + dice.below(3) },
    { veto: [voter()] },
    { priority: [voter(), voter()] },
  ]);
  return {
    tally: {
      votes: `\${ steps["${name}"].output }`,
      rule,
      field: dice.pick(["n", "n", "of"]),
      ...some(dice.chance(0.5), () => ({ options })),
      ...some(dice.chance(0.3), () => ({ barred: [dice.below(5)] })),
      ...some(dice.chance(0.3), () => ({ quorum: 1 + dice.below(3) })),
      ...some(dice.chance(0.6), () => randomTie(dice.below(4))),
      ...some(dice.chance(0.6), () => ({ otherwise: "accept" })),
    },
  };
}

function randomTie(which: number): JsonObject {
  if (which === 0) return { tie: "human" };
  if (which === 1) return { tie: "judge", judge: { agent: "mock" } };
  return which === 2 ? { tie: "judge", by: ["p1"] } : { tie: 1 };
}

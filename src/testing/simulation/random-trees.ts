import type { JsonObject } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";
import { some } from "./making.ts";

/** How the writers of a random workflow are brought together. */
export function randomMerge(dice: Dice): JsonObject {
  return some(dice.chance(0.5), () => ({
    workspace: {
      merge: {
        order: dice.pick(["finished", "declared"]),
        by: dice.pick(["rebase", "merge"]),
        conflicts: dice.pick(["agent", "human", "serialize", "ours", "theirs"]),
      },
    },
  }));
}

/** What a step that works in a tree, or a block, says of where it works. */
export function randomPlace(dice: Dice, step: JsonObject): JsonObject {
  const works = !("http" in step || "function" in step);
  return some(works && dice.chance(0.1), () => ({ workspace: dice.pick(["none", "run", "step"]) }));
}

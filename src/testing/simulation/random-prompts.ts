import type { Json, JsonObject } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";
import { some } from "./making.ts";

/** What a step, or a workflow, says of prompts: so little room that values are cut, dropped, told in short, and put into files. */
export function randomPrompt(dice: Dice, value?: string): JsonObject {
  return {
    ...some(dice.chance(0.3), () => ({ thinking: dice.pick(["auto", "auto", "instant", "extended"]) })),
    ...some(dice.chance(0.3), () => ({ context_window: randomWindow(dice, value) })),
  };
}

function randomWindow(dice: Dice, value: string | undefined): Json {
  const budget = 1 + dice.below(60);
  if (dice.chance(0.3)) return budget;
  return {
    ...some(dice.chance(0.7), () => ({ budget })),
    ...some(dice.chance(0.5), () => ({ window: 1 + dice.below(3) })),
    ...some(dice.chance(0.4), () => ({ references: { over: 1 + dice.below(30) } })),
    ...some(dice.chance(0.4), () => ({ summarize: { over: 1 + dice.below(30) } })),
    ...some(value !== undefined && dice.chance(0.3), () => ({ [dice.pick(["keep", "drop"])]: value ?? "" })),
  };
}

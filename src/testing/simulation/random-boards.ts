import type { JsonObject } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";
import { type Making, some } from "./making.ts";

/** Topics under which workers write, with one that a blackboard may not have. */
export const topics = ["t0", "t1", "t2"];

const agents = ["ann", "bob", "cyd"];

/** The blackboard of a group. */
export function randomBoard(dice: Dice): JsonObject {
  if (dice.chance(0.3)) return { blackboard: true };
  const resolve = dice.pick(["latest", "first", "majority", "none", { priority: ["bob", "ann"] }]);
  return { blackboard: { resolve, ...some(dice.chance(0.3), () => ({ topics: { t0: {}, t1: {} } })) } };
}

/** In whose name a step writes, and what it sees. */
export function boardUse({ dice, board }: Making, name: string): JsonObject {
  if (!board || dice.chance(0.3)) return {};
  const key = dice.pick(["k", `\${ steps["${name}"].output.n }`, `\${ steps["${name}"].output.no }`]);
  return {
    board: {
      as: agents[dice.below(agents.length)] ?? "ann",
      ...some(dice.chance(0.3), () => ({ sees: agents.slice(0, dice.below(3)) })),
      ...some(dice.chance(0.2), () => ({ barrier: true })),
      ...some(dice.chance(0.5), () => ({
        posts: { topic: dice.pick(["t0", "done"]), ...some(dice.chance(0.7), () => ({ key })) },
      })),
    },
  };
}

/** A wait for what stands on the board. Where no order may matter, for what once there stays there. */
export function boardWait(making: Making): JsonObject {
  const { dice, kind } = making;
  const topic = topics[dice.below(topics.length)] ?? "t0";
  const stays = [
    `board.entries.exists(entry, entry.topic == "${topic}")`,
    `size(board.entries) > ${dice.below(4)}`,
  ] as const;
  const until =
    kind === "any"
      ? dice.pick([...stays, "board.news", `size(board.conflicts) > 0`, `board.entries[0].value > 1`])
      : dice.pick(stays);
  const looks = kind === "any" && dice.chance(0.5);
  return { wait: { board: until }, ...some(looks, () => ({ board: { as: dice.pick(["ann", "bob"]) } })) };
}

/** What may be read of a board: which order its entries came in is seen. */
export function boardValues({ kind }: Making): readonly string[] {
  return kind === "any" ? ["board.entries", "board.facts", "board.conflicts", "board.news"] : [];
}

import type { Json, JsonObject } from "../../expression/json.ts";
import { boardValues, randomBoard } from "./random-boards.ts";
import { jury } from "./random-jury.ts";
import { type Making, pickOf, type Seen, some } from "./making.ts";
import { branch, team } from "./random-ways.ts";

export interface Holding {
  /** Of the step that holds the others. */
  readonly name: string;
  /** Makes a block of steps. */
  readonly block: (making: Making) => { readonly block: JsonObject; readonly steps: readonly Seen[] };
}

type Make = (making: Making, holding: Holding) => JsonObject;

/** Most times that one place of a random workflow is gone through, so that runs stay small. */
const mostCopies = 12;

/** The keys of a step that holds others. */
export function randomHolder(making: Making, holding: Holding): JsonObject {
  const { spare: _, ...around } = making;
  const inside = { ...around, depth: making.depth + 1 };
  const makers: readonly [Make, ...Make[]] = [
    group,
    branch,
    branch,
    ...(making.copies < mostCopies ? [loop, each, team] : [group]),
    ...(making.kind === "any" ? [race, race, (inside: Making) => jury(inside, holding.name)] : [group]),
  ];
  return making.dice.pick(makers)(inside, holding);
}

function group(making: Making, { block }: Holding): JsonObject {
  const { dice } = making;
  const board = dice.chance(0.4);
  const inside = board ? { ...making, board, values: [...making.values, ...boardValues(making)] } : making;
  const { block: chain, steps } = block(inside);
  return {
    chain,
    ...some(board, () => randomBoard(dice)),
    ...some(dice.chance(0.2), () => ({ gives: pickOf(dice, steps).name })),
  };
}

function race(making: Making, { block }: Holding): JsonObject {
  const { block: chain, steps } = block({ ...making, spare: 0.7 });
  const quorum = 1 + making.dice.below(steps.length);
  return { parallel: { join: making.dice.chance(0.5) ? { quorum } : "any" }, chain };
}

function loop(making: Making, { name, block }: Holding): JsonObject {
  const { dice, copies } = making;
  const max = 1 + dice.below(3);
  const values = [...making.values, `${name}.round`, `${name}.last`];
  const { block: chain, steps } = block({ ...making, copies: copies * max, values });
  const worker = steps.find(({ holds }) => holds === "work");
  const measure = worker ? `${name}.last["${worker.name}"].n` : `${name}.round`;
  const plateau = some(dice.chance(0.3), () => ({ plateau: { of: measure, rounds: 1 + dice.below(2) } }));
  if (!dice.chance(0.7)) return { repeat: { max, ...plateau }, chain };
  const until = dice.pick([
    `${name}.round >= 2`,
    `${name}.last != null && ${name}.round > 1`,
    `${measure} > 2`,
  ]);
  const otherwise = some(dice.chance(0.6), () => ({ otherwise: "accept" }));
  return { repeat: { max, until, ...plateau, ...otherwise }, chain };
}

function each(making: Making, { name, block }: Holding): JsonObject {
  const { dice, copies } = making;
  const as = `${name}_item`;
  const { items, key } = listOf(making, as);
  const { block: chain } = block({ ...making, copies: copies * 4, values: [...making.values, as] });
  const keyed = some(key !== undefined && dice.chance(0.6), () => ({ key: key ?? "" }));
  const narrow = some(dice.chance(0.4), () => ({ concurrency: 1 + dice.below(3) }));
  return { for_each: { items, as, ...keyed, ...narrow }, chain };
}

interface List {
  readonly items: Json;
  /** Gives a name to an item; items may share it. */
  readonly key?: string;
}

function listOf({ dice, visible }: Making, as: string): List {
  const lists = visible.filter(({ holds }) => holds === "items");
  if (lists.length > 0 && dice.chance(0.5))
    return { items: `\${ steps["${pickOf(dice, lists).name}"].output }`, key: `${as}.key` };
  const workers = visible.filter(({ holds }) => holds === "work");
  if (workers.length > 0 && dice.chance(0.7))
    return { items: `\${ steps["${pickOf(dice, workers).name}"].output.list }`, key: `${as}.id` };
  return {
    items: Array.from({ length: dice.below(5) }, (_, index) => ({ id: `p/${index % 3}`, index })),
    key: `${as}.id`,
  };
}

import { chance } from "../../core/policies/chance.ts";

/** Where a simulation takes its choices from: the same dice give the same simulation. */
export interface Dice {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** True in this share of the cases, 0 to 1. */
  chance(share: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** Dice that go on for ever. */
export function seededDice(seed: string): Dice {
  let rolls = 0;
  return diceOf(() => chance(`${seed}#${(rolls += 1)}`));
}

/** One more than the largest number that listed dice can roll. */
export const sides = 10_000;

/**
 * Dice that roll these numbers, each from 0 to `sides - 1`, and then 0 for ever. Generators make of 0 what is simplest,
 * so that a list that gets shorter and smaller gives a case that gets simpler.
 */
export function listedDice(rolls: readonly number[]): Dice {
  const left = rolls[Symbol.iterator]();
  return diceOf(() => (left.next().value ?? 0) / sides);
}

function diceOf(roll: () => number): Dice {
  const below = (count: number): number => Math.min(count - 1, Math.floor(roll() * count));
  return {
    below,
    chance: (share) => roll() >= 1 - share,
    pick: (items) => items[below(items.length)] ?? items[0],
  };
}

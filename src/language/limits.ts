import { TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import * as leaf from "./leaves.ts";
import type { Limits } from "./workflow.ts";

/** Caps, each of which is one number. */
export const capLeaves = {
  cost: leaf.usd,
  tokens: leaf.tokens,
  agents: leaf.count,
  time: leaf.positiveDuration,
  parallel: leaf.positive,
  output: leaf.bytes,
  day: leaf.usd,
} as const;

type Written = keyof typeof capLeaves;

const keyOf: Readonly<Record<Written, keyof Limits>> = {
  cost: "costUsd",
  tokens: "tokens",
  agents: "agents",
  time: "timeMs",
  parallel: "parallel",
  output: "outputBytes",
  day: "dayUsd",
};

/** The names that caps have in a workflow. */
export const limitNames = Object.keys(keyOf) as readonly Written[];

/** The name that a person gives a cap: `cost` for `costUsd`. */
export function limitName(key: keyof Limits): string {
  return limitNames.find((name) => keyOf[name] === key) ?? key;
}

/**
 * One cap as a person writes it: `cost` and `20 USD`, `time` and `2h`; also by the name that a run has for it
 * (`costUsd`, `timeMs`). Throws BAD_VALUE for another name or value.
 */
export function parseLimit(name: string, value: string | number): Partial<Limits> {
  const written = limitNames.find((known) => known === name || keyOf[known] === name);
  if (written === undefined) {
    const close = nearest(name, limitNames);
    throw new TuttiError("BAD_VALUE", `Cannot set the limit "${name}": there is no such limit`, {
      fix: close === undefined ? `the limits are: ${limitNames.join(", ")}` : `did you mean "${close}"?`,
    });
  }
  const parsed = capLeaves[written].safeParse(readable(name, value));
  if (parsed.success) return { [keyOf[written]]: parsed.data };
  const { description = "another value" } = capLeaves[written];
  throw new TuttiError(
    "BAD_VALUE",
    `Cannot set the limit "${name}" to "${value}": it must be ${description}`,
    {
      fix: `for example: ${examples[written]}`,
    },
  );
}

const examples: Readonly<Record<Written, string>> = {
  cost: "cost=20USD",
  tokens: "tokens=2M",
  agents: "agents=50",
  time: "time=2h",
  parallel: "parallel=8",
  output: "output=1MiB",
  day: "day=20USD",
};

function readable(name: string, value: string | number): string | number {
  const number = /^\d+(\.\d+)?$/.test(String(value).trim()) ? Number(value) : undefined;
  if (number === undefined) return value;
  // A plain number of `time` is in seconds, one of `timeMs` says its unit.
  return name === "timeMs" ? `${number}ms` : number;
}

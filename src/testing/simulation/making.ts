import type { JsonObject } from "../../expression/json.ts";
import type { Dice } from "./dice.ts";

/**
 * `any`: all that the language has. `confluent`: only what ends the same in whatever order results come: no block
 * stops, no cap is reached, no deadline passes, nobody is asked, nobody races.
 */
export type WorkflowKind = "any" | "confluent";

/** A step that may be referred to. */
export interface Seen {
  readonly name: string;
  /** `work`: its output is `{n, of, list}`. */
  readonly holds: "work" | "wait" | "steps" | "items";
}

/** Where in a random workflow something is being made. */
export interface Making {
  readonly dice: Dice;
  readonly kind: WorkflowKind;
  readonly names: { count: number };
  readonly depth: number;
  /** How often this place may be gone through at most: rounds times items around it. */
  readonly copies: number;
  /** How likely the next block has fallbacks, where not as likely as any. */
  readonly spare?: number;
  /** Steps that may be referred to, the nearest last. */
  readonly visible: readonly Seen[];
  /** There is a blackboard around this place. */
  readonly board?: boolean;
  /** Expressions that have a value here: of items and rounds around this place. */
  readonly values: readonly string[];
}

export function pickOf<T>(dice: Dice, items: readonly T[]): T {
  const picked = items[items.length - 1 - dice.below(items.length)];
  if (picked === undefined) throw new Error("there is nothing to pick");
  return picked;
}

/** The value in this case, else nothing. */
export function some(wanted: boolean, value: () => JsonObject): JsonObject {
  return wanted ? value() : {};
}

/** A condition over steps that were made before; there must be one. */
export function condition({ dice, visible }: Making): string {
  const { name, holds } = pickOf(dice, visible);
  const numbers = holds === "work" && dice.chance(0.5);
  if (numbers) return `steps["${name}"].output.n > ${dice.below(4)}`;
  return dice.pick([
    `steps["${name}"].status == 'failed'`,
    `steps["${name}"].status != 'failed'`,
    `steps["${name}"].attempts > 1`,
    `steps["${name}"].error == null`,
    `steps["${name}"].status in ['verified', 'claimed', 'skipped']`,
  ]);
}

/** Caps of a step or of what it holds; where nothing may depend on the order, none that anything could reach. */
export function stepLimits({ dice, kind }: Pick<Making, "dice" | "kind">): JsonObject {
  if (!dice.chance(0.15)) return {};
  if (kind === "confluent") return { limits: { cost: 1_000_000, agents: 100_000, time: "9000h" } };
  return {
    limits: dice.pick<JsonObject>([
      { cost: 1 + dice.below(4) / 4 },
      { tokens: 150 },
      { agents: 1 + dice.below(3) },
      { time: `${1 + dice.below(30)}s` },
    ]),
  };
}

/** The cap that steps have as well which ask no agent. */
export function timeLimit({ dice, kind }: Pick<Making, "dice" | "kind">): JsonObject {
  if (!dice.chance(0.15)) return {};
  return { limits: { time: kind === "confluent" ? "9000h" : `${1 + dice.below(20)}s` } };
}

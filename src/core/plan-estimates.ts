import type { GateRef } from "./effects.ts";
import type { PlanHints } from "./events.ts";
import { type Estimate, noEstimate } from "./spending.ts";
import type { Gate, JudgeGate } from "../language/gate.ts";
import type { Step } from "../language/workflow.ts";

interface Place {
  readonly address: string;
  readonly hints: PlanHints;
}

/** What one attempt of a step, or asking the judge of a gate, will probably use, as far as other runs tell. */
export function estimateOf({ address, hints }: Place): Estimate {
  return estimate(hints.costUsd?.[address], hints.tokens?.[address]);
}

/** What its author says. */
export function expectedOf({ expectedUsd, expectedTokens }: Step): Estimate {
  return estimate(expectedUsd, expectedTokens);
}

function estimate(costUsd: number | undefined, tokens: number | undefined): Estimate {
  if (costUsd === undefined && tokens === undefined) return noEstimate;
  return { ...(costUsd === undefined ? {} : { costUsd }), ...(tokens === undefined ? {} : { tokens }) };
}

/** By place, what asking a judge will probably use. */
export type Judging = Readonly<Record<string, Estimate>>;
const noJudging: { readonly judging?: Judging } = {};

/** The same of the judges of its gates. */
export function judgingPart(step: Step, { address, hints }: Place): { readonly judging?: Judging } {
  const known = judgesIn(step).map(
    ({ place }) => [place, estimateOf({ address: `${address}!${place}`, hints })] as const,
  );
  return known.length === 0 ? noJudging : { judging: Object.fromEntries(known) };
}

/** How long they took before; those of whom nobody knows are left out. */
export function judgesMs(step: Step, { address, hints }: Place): number {
  return judgesIn(step).reduce((sum, { place }) => sum + (hints.expectedMs[`${address}!${place}`] ?? 0), 0);
}

export interface PlacedJudge {
  readonly place: string;
  readonly gate: JudgeGate;
}

const noJudges: readonly PlacedJudge[] = [];

/** The gates of a step that an agent judges. */
export function judgesIn({ before, gates }: Pick<Step, "before" | "gates">): readonly PlacedJudge[] {
  if (before.length === 0 && gates.length === 0) return noJudges;
  return [...placed(before, "before"), ...placed(gates, "after")];
}

function placed(gates: readonly Gate[], when: GateRef["when"]): readonly PlacedJudge[] {
  return gates.flatMap((gate, index) =>
    gate.kind === "judge" ? [{ place: gatePlace({ when, index }), gate }] : [],
  );
}

/** Where a gate stands at its step: `after0`; behind `!` and the step's address it is what history calls it. */
export function gatePlace({ when, index }: Pick<GateRef, "when" | "index">): string {
  return `${when}${index}`;
}

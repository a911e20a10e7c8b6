import { medianOf, predictedCases } from "../core/experience.ts";
import type { Prediction } from "../ports/history.ts";

export interface Case {
  readonly durationMs: number;
  readonly costUsd: number | null;
  readonly tokens: number | null;
  readonly ok: boolean;
}

/**
 * The median over the last `predictedCases` cases that ended well, or, when none did, over the last that failed: a
 * failure often ends early and would say too little. `cases` are newest first. Nothing for no cases.
 */
export function predictFrom(cases: readonly Case[]): Prediction | undefined {
  const good = cases.filter((one) => one.ok);
  const used = (good.length > 0 ? good : cases).slice(0, predictedCases);
  const durationMs = medianOf(used.map((one) => one.durationMs));
  if (durationMs === undefined) return undefined;
  const costUsd = medianOf(used.map((one) => one.costUsd).filter((cost) => cost !== null));
  const tokens = medianOf(used.map((one) => one.tokens).filter((count) => count !== null));
  return {
    durationMs,
    costUsd: costUsd ?? null,
    tokens: tokens === undefined ? null : Math.round(tokens),
    cases: used.length,
  };
}

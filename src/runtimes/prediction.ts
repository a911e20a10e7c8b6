import type { Prediction } from "../ports/history.ts";

/** How many ended steps a prediction looks at. */
export const predictedCases = 20;

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
  const durationMs = median(used.map((one) => one.durationMs));
  if (durationMs === undefined) return undefined;
  const costUsd = median(used.map((one) => one.costUsd).filter((cost) => cost !== null));
  const tokens = median(used.map((one) => one.tokens).filter((count) => count !== null));
  return {
    durationMs,
    costUsd: costUsd ?? null,
    tokens: tokens === undefined ? null : Math.round(tokens),
    cases: used.length,
  };
}

/** The middle value, or the mean of the two in the middle. */
function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

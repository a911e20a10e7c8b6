import { canonicalJson } from "../expression/json.ts";
import type { Step } from "../language/workflow.ts";
import { definitionOf } from "./definition.ts";
import type { Usage } from "./outcome.ts";
import { keptWhileRecent } from "./recent.ts";
import { type Estimate, type Experience, noEstimate } from "./spending.ts";

/** How many cases a prediction looks at. */
export const predictedCases = 20;

const none: Experience = { good: [], bad: [] };

/** One case more. */
export function withCase(
  before: Experience | undefined,
  { ok, usage }: { readonly ok: boolean; readonly usage: Usage },
): Experience {
  const which = ok ? "good" : "bad";
  const known = before ?? none;
  const { costUsd, inputTokens, outputTokens } = usage;
  const one = { costUsd, tokens: inputTokens + outputTokens };
  return { ...known, [which]: [...known[which], one].slice(-predictedCases) };
}

/** What one attempt more will probably use. What is free needs no prediction. */
export function typicalOf({ good, bad }: Experience): Estimate {
  const cases = good.length > 0 ? good : bad;
  const costUsd = medianOf(cases.flatMap((one) => one.costUsd ?? []));
  const tokens = Math.round(medianOf(cases.map(({ tokens: used }) => used)) ?? 0);
  if (!costUsd && !tokens) return noEstimate;
  return { ...(costUsd ? { costUsd } : {}), ...(tokens ? { tokens } : {}) };
}

/** The middle value, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** Of whose cases something may be predicted for whom: by what a step is, wherever it stands, the place of its gate, and the agent. */
export function experienceKey(
  step: Step,
  { gate = "", agent }: { readonly gate?: string; readonly agent: string },
): string {
  return `${agent}!${gate} ${textOf(step)}`;
}

const mostKept = 128;
const textOf = keptWhileRecent((step: Step) => canonicalJson(definitionOf(step)), mostKept);

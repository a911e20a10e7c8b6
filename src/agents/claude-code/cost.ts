import type { Usage } from "../../core/outcome.ts";
import type { AssistantMessage, SessionTotal } from "./stream.ts";

/**
 * What this attempt added. A session's total goes on across its processes (`--resume` starts at the total of the
 * transcript), so what was booked for the session before is taken off; never less than nothing.
 */
export function addedUsage(total: SessionTotal, booked: SessionTotal | undefined): Usage {
  if (!booked) return usageOf(total);
  const { costUsd } = total;
  return {
    costUsd:
      costUsd === null || booked.costUsd === null ? null : Math.max(0, tidyUsd(costUsd - booked.costUsd)),
    inputTokens: Math.max(0, total.inputTokens - booked.inputTokens),
    ...cachedPart((total.cachedTokens ?? 0) - (booked.cachedTokens ?? 0)),
    outputTokens: Math.max(0, total.outputTokens - booked.outputTokens),
  };
}

function usageOf({ costUsd, inputTokens, cachedTokens = 0, outputTokens }: SessionTotal): Usage {
  const tidyCost = costUsd === null ? null : tidyUsd(costUsd);
  return { costUsd: tidyCost, inputTokens, ...cachedPart(cachedTokens), outputTokens };
}

function cachedPart(cachedTokens: number): Pick<Usage, "cachedTokens"> {
  return cachedTokens > 0 ? { cachedTokens } : {};
}

/** Sums and differences of prices carry noise in the last bits; a billionth of a dollar is precise enough. */
function tidyUsd(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}

/**
 * For a process that ended without a total: nothing when no model was reached, else an unknown price with the tokens
 * that were seen. A message is told in several lines of one id; the last one counts.
 */
export function usageWithoutTotal(messages: readonly AssistantMessage[], started: boolean): Usage {
  if (!started) return { costUsd: 0, inputTokens: 0, outputTokens: 0 };
  const byId = new Map(
    messages.filter((message) => !message.synthetic).map((message) => [message.id, message]),
  );
  const seen = [...byId.values()];
  return {
    costUsd: null,
    inputTokens: seen.reduce((sum, message) => sum + message.inputTokens, 0),
    ...cachedPart(seen.reduce((sum, message) => sum + (message.cachedTokens ?? 0), 0)),
    outputTokens: seen.reduce((sum, message) => sum + message.outputTokens, 0),
  };
}

/** What is known of a use that was stopped after another one. */
export function knownOf(before: Usage, stopped: Usage): Usage {
  const both = addUsage(
    { ...before, costUsd: before.costUsd ?? 0 },
    { ...stopped, costUsd: stopped.costUsd ?? 0 },
  );
  return {
    ...both,
    costUsd: before.costUsd === null && stopped.costUsd === null ? null : both.costUsd,
    atLeast: true,
  };
}

/** Two uses together; an unknown price makes the sum unknown. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    costUsd: a.costUsd === null || b.costUsd === null ? null : tidyUsd(a.costUsd + b.costUsd),
    inputTokens: a.inputTokens + b.inputTokens,
    ...cachedPart((a.cachedTokens ?? 0) + (b.cachedTokens ?? 0)),
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

import type { RunView } from "../core/view.ts";

/** Figures of one run. Durations in ms, money in US dollars. */
export interface RunMetrics {
  /** From the creation of the run to its last event. */
  readonly wallMs: number;
  /** Time in which it was executing. */
  readonly activeMs: number;
  readonly stepMs: Readonly<Record<string, number>>;
  /** Sum of the steps' durations over the active time: how many ran at once on average. */
  readonly parallelism: number;
  readonly attempts: number;
  /** Share of ended steps that failed, 0 to 1. */
  readonly errorRate: number;
  readonly costUsd: number;
  /** Attempts whose price is not known; they are not in `costUsd`. */
  readonly unknownCosts: number;
  readonly tokens: number;
}

export function metricsOf(view: RunView): RunMetrics {
  const steps = view.nodes.filter(
    (node) => node.kind === "step" && node.startedAt !== undefined && !node.reused,
  );
  const stepMs = Object.fromEntries(steps.map((node) => [node.address, node.durationMs ?? 0]));
  const busyMs = Object.values(stepMs).reduce((sum, ms) => sum + ms, 0);
  const { ledger, counts } = view;
  const ended = counts.verified + counts.claimed + counts.failed;
  return {
    wallMs: view.updatedAt - view.createdAt,
    activeMs: ledger.activeMs,
    stepMs,
    parallelism: ledger.activeMs > 0 ? busyMs / ledger.activeMs : 0,
    attempts: ledger.attempts,
    errorRate: ended > 0 ? counts.failed / ended : 0,
    costUsd: ledger.costUsd,
    unknownCosts: ledger.unknownCosts,
    tokens: ledger.inputTokens + ledger.outputTokens,
  };
}

import type { Limits } from "../../language/workflow.ts";
import type { Failure, LimitHit } from "../outcome.ts";
import type { RunState } from "../state.ts";
import { type Forbidden, limitName, limitText } from "./limits.ts";

/**
 * The cap with which a run that stopped at one goes on, as `--limit` takes it: `--limit cost=1.20USD`. The next call fits
 * under it where its price is known; else there is half of the old cap more.
 */
export function raisedLimit(hit: LimitHit, state?: RunState): string {
  const { limit, cap, predicted } = hit;
  // what was under way then may have used more
  const used = state ? Math.max(hit.used, usedNow(state, limit)) : hit.used;
  const room = predicted ?? cap / 2;
  return `--limit ${limitName(limit)}=${figures[limit](used + room, Math.max(used, cap))}`;
}

/** How a cap of a step or block is raised. */
export function raisedInFile({ limit, of }: { readonly limit: keyof Limits; readonly of: string }): string {
  return `raise "${limitName(limit)}" in the \`limits\` of "${of}"${thenUpdate}`;
}

/** How an advice ends that changes the file. */
export const thenUpdate = ", then resume with --update";

/** True for what a cap forbids that stands in the file. */
export function isRaisedInFile({ code, fix = "" }: Failure): boolean {
  return code === "LIMIT_REACHED" && fix.endsWith(thenUpdate);
}

/** How room is made below a cap; `runId`: that of another run. */
export function roomFor(hit: Forbidden, runId?: string): string {
  const { of, limit } = hit;
  if (of !== undefined) return raisedInFile({ limit, of });
  return `raise the cap when you resume${runId === undefined ? "" : ` run ${runId}`}: ${raisedLimit(hit)}`;
}

/**
 * Why no agent is asked for a step: a cap leaves no room. `runId`: the cap is that of another run, or of a step in it.
 * `before`: what came of the attempt before.
 */
export function limitFailure(
  hit: Forbidden,
  { runId, before = "" }: { readonly runId?: string | undefined; readonly before?: string } = {},
): Failure {
  const inside = runId === undefined ? "" : ` of run ${runId}`;
  return {
    code: "LIMIT_REACHED",
    message: `Cannot ask the agent for this step: ${limitText(hit)}${inside}${before}`,
    fix: roomFor(hit, runId),
    class: "permanent",
    ...(hit.of === undefined || runId !== undefined ? {} : { capOf: hit.of }),
  };
}

function usedNow({ ledger }: RunState, limit: keyof Limits): number {
  switch (limit) {
    case "costUsd":
      return ledger.costUsd + ledger.presumedUsd;
    case "tokens":
      return ledger.inputTokens + ledger.outputTokens;
    case "agents":
      return ledger.agents;
    default:
      return 0;
  }
}

/** A figure of at least `wanted`, and more than `above`, in the unit of the cap. */
type Figure = (wanted: number, above: number) => string;

/** Sums of prices are not exact in binary: what is a cent but for that is no cent more. */
const exactness = 1e-6;

function whole(wanted: number, above: number): number {
  return Math.max(Math.ceil(wanted - exactness), Math.floor(above + exactness) + 1);
}

const dollars: Figure = (wanted, above) => `${(whole(wanted * 100, above * 100) / 100).toFixed(2)}USD`;
const count: Figure = (wanted, above) => String(whole(wanted, above));

const figures: Readonly<Record<keyof Limits, Figure>> = {
  costUsd: dollars,
  dayUsd: dollars,
  tokens: count,
  agents: count,
  parallel: count,
  outputBytes: count,
  timeMs: (wanted, above) => `${whole(wanted / 60_000, above / 60_000)}m`,
};

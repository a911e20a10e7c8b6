import type { PlanReport } from "../../verbs/plan.ts";
import type { LiveRun } from "./live-run.ts";
import { holdTerminal } from "./live-terminal.ts";
import { viewRun } from "./live-view.ts";
import { PlainLog, showPlain } from "./plain.ts";

export interface LiveOptions {
  /** The terminal; with anything else, plain lines are written to it. */
  readonly out: NodeJS.WriteStream;
  /** The run's plan, for how long it is likely to take. */
  readonly plan?: PlanReport | undefined;
  /** Whether keys are read; default: when standard input is a terminal. */
  readonly keys?: boolean;
}

/**
 * Shows a run while this process drives it, until it is over. A person who leaves the view gets plain lines from
 * then on. A terminal that dies meanwhile does not end the run. Never rejects for what the run does.
 */
export async function showLive(run: LiveRun, { out, plan, keys = true }: LiveOptions): Promise<void> {
  const input = keys && process.stdin.isTTY ? process.stdin : undefined;
  const { gone, release } = holdTerminal({ out, input });
  const log = new PlainLog();
  const view = { out, input, predictedMs: predictionOf(plan), signal: gone, log };
  try {
    const drawable = out.isTTY && process.env["TERM"] !== "dumb";
    const end = drawable ? await viewRun(run, { ...view, interrupt: "run" }) : "left";
    if (end === "left") await plainUntilDone(run, { out, gone, log, left: drawable });
    await run.done.catch(() => {});
  } finally {
    release();
  }
}

/** Nothing when no step has a history: a guess is not worth a place in the header. */
function predictionOf(plan: PlanReport | undefined): number | undefined {
  return plan === undefined || plan.known === 0 ? undefined : plan.predictedMs;
}

async function plainUntilDone(
  run: LiveRun,
  {
    out,
    gone,
    log,
    left,
  }: {
    readonly out: NodeJS.WriteStream;
    readonly gone: AbortSignal;
    readonly log: PlainLog;
    readonly left: boolean;
  },
): Promise<void> {
  const print = (line: string) => {
    if (!gone.aborted) out.write(`${line}\n`);
  };
  if (left) print(`Left the view of run ${run.id}; it goes on here. Ctrl-C stops it.`);
  const forget = showPlain(run, print, log);
  await run.done.catch(() => {});
  forget();
}

import type { Event } from "../core/events.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { messageOf, TuttiError } from "../errors.ts";
import type { RunLog } from "../ports/run-store.ts";
import { type LoopEnd, RunLoop } from "../runtimes/loop.ts";
import { historyKey } from "./hints.ts";
import { OutputLog } from "./output-log.ts";
import type { Parts } from "./parts.ts";
import { RunHandle, type RunNews } from "./run-handle.ts";

export interface DriveOptions {
  readonly stayMs?: number;
}

/** Drives a run whose log is held: what it prints goes to its output files, what it learns to the history. */
export function drive(
  parts: Parts,
  held: { readonly log: RunLog; readonly state: RunState; readonly first?: readonly Event[] },
  options: DriveOptions = {},
): RunHandle {
  const listeners = new Set<(news: RunNews) => void>();
  const tell = (news: RunNews) => {
    for (const listener of listeners) listener(news);
  };
  const output = new OutputLog(parts.stateDir, { runId: held.state.runId, onTrouble: parts.onTrouble });
  const loop = new RunLoop(
    {
      log: held.log,
      state: held.state,
      clock: parts.clock,
      perform: parts.perform,
      ...options,
      onEvents: (events, state) => {
        for (const event of events) if (event.type === "attempt.ended") remember(parts, state, event);
        tell({ kind: "events", events, state });
      },
      onPrint: (line) => {
        output.write(line);
        tell({ kind: "line", line });
      },
    },
    held.first,
  );
  const ended = driveToEnd(loop, output);
  return new RunHandle(loop, { clock: parts.clock, listeners, ended, begun: held.first ?? [] });
}

async function driveToEnd(loop: RunLoop, output: OutputLog): Promise<LoopEnd> {
  try {
    return await loop.run();
  } finally {
    await output.close();
  }
}

/** Adds an ended attempt to the history; a history that cannot be written does not end the run. */
function remember(parts: Parts, state: RunState, event: Extract<Event, { type: "attempt.ended" }>): void {
  const node = nodeAt(state, event.address);
  const { outcome } = event;
  if (!node?.startedAt || outcome.cached || node.plan.kind !== "step") return;
  parts.history
    .record({
      key: historyKey(node.plan.step),
      durationMs: event.at - node.startedAt,
      costUsd: outcome.usage ? outcome.usage.costUsd : 0,
      ok: outcome.ok,
      at: event.at,
    })
    .catch((error: unknown) => {
      parts.onTrouble(
        new TuttiError(
          "STORE_LOCKED",
          `Cannot remember the duration of "${event.address}": ${messageOf(error)}`,
          {
            fix: "predictions miss this attempt; the run itself is complete",
            cause: error,
          },
        ),
      );
    });
}

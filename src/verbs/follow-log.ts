import { apply, initialState } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { type RunView, viewOf } from "../core/view.ts";
import type { Parts } from "./parts.ts";
import { damaged } from "./run-state.ts";

/** The log of a run as it grows, whoever drives the run. Every event is read and applied once. */
export interface LogFollower {
  /** What came since the last look; the first look gives all there is. */
  look(): Promise<readonly Event[]>;
  /** How the run stood at the last look. */
  view(): RunView;
}

/** Follows a run; RUN_NOT_FOUND at the first look when there is none. */
export function followLog(parts: Parts, runId: string): LogFollower {
  let state: RunState | undefined;
  let after = 0;
  return {
    look: async () => {
      const fresh = await parts.store.read(runId, { after });
      after += fresh.length;
      for (const event of fresh) {
        if (state) apply(state, event);
        else if (event.type === "run.created") state = initialState(event);
      }
      if (!state) throw damaged(runId);
      return fresh;
    },
    view: () => {
      if (!state) throw damaged(runId);
      return viewOf(state);
    },
  };
}

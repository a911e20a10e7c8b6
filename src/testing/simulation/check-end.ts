import { apply, fold } from "../../core/apply.ts";
import type { Event } from "../../core/events.ts";
import { findUnsound } from "../../core/sound.ts";
import type { RunState } from "../../core/state.ts";
import { observe } from "./observe.ts";
import { BrokenPromise, must, same } from "./same.ts";
import type { Site } from "./site.ts";
import { ledgerOf, sumsOf } from "./sums.ts";
import { createWatch } from "./watch.ts";

/** Holds a run that has ended, and what was performed for it, against its log on the disk. */
export function checkEnd(site: Site, state: RunState): void {
  const { events, started, settled } = site.durable();
  const folded = watchedFold(events);
  same(observe(folded), observe(state), "the last owner's state is what the log folds to");
  same(findUnsound(events), [], "the log is sound");
  site.notes.check(events);
  same(sumsOf(events), ledgerOf(state), "the ledger is the sum of the durable outcomes");
  for (const id of started) {
    const outcome = settled.get(id);
    // whether a gate was cancelled is not in its event
    if (!settled.has(id) || outcome?.failure?.class === "cancelled" || id.includes("!")) continue;
    must(site.performed.has(id), `${id}, which has an outcome, was performed`);
  }
}

function watchedFold([first, ...rest]: readonly Event[]): RunState {
  const state = fold(first ? [first] : []);
  if (!state) throw new BrokenPromise("the log is empty");
  const watch = createWatch();
  for (const event of rest) {
    apply(state, event);
    watch(state, [event]);
  }
  return state;
}

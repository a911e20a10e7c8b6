import { definitionOf } from "../core/restart.ts";
import type { RunState } from "../core/state.ts";
import { sameJson } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import { placedSteps } from "./hints.ts";

/** What a changed workflow does to a run, by address. Steps that depend on a changed one may run again too. */
export interface UpdateDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Finished steps whose definition is the same. */
  readonly kept: readonly string[];
}

export function difference(state: RunState, update: Workflow): UpdateDifference {
  const before = new Map(placedSteps(state.workflow.chain).map(({ address, step }) => [address, step]));
  const after = new Map(placedSteps(update.chain).map(({ address, step }) => [address, step]));
  const both = [...after].flatMap(([address, step]) => {
    const old = before.get(address);
    return old ? [{ address, same: sameJson(definitionOf(old), definitionOf(step)) }] : [];
  });
  const finished = (address: string) => {
    const end = state.byAddress.get(address)?.end;
    return end === "verified" || end === "claimed";
  };
  return {
    added: [...after.keys()].filter((address) => !before.has(address)),
    removed: [...before.keys()].filter((address) => !after.has(address)),
    changed: both.filter(({ same }) => !same).map(({ address }) => address),
    kept: both.filter(({ address, same }) => same && finished(address)).map(({ address }) => address),
  };
}

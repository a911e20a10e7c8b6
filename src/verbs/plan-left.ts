import { roundedUsd } from "../core/money.ts";
import { type NodeState, wayOf } from "../core/node.ts";
import type { Ledger, RunState } from "../core/state.ts";
import type { Parts } from "./parts.ts";
import { type PlanReport, planGiven } from "./plan.ts";
import { type Given, givenBy } from "./plan-given.ts";

/** What is left to do of a run, and what it has spent so far. */
export interface LeftReport extends PlanReport {
  readonly spent: Pick<Ledger, "costUsd" | "unknownCosts" | "agents">;
}

/** Plans what a run has not done yet; a loop that goes round counts as one that begins. */
export async function planLeft(parts: Parts, state: RunState): Promise<LeftReport> {
  const { overrides, limits, ledger } = state;
  const workflow = { ...state.workflow, limits };
  // all of it is looked at now: the run may go on meanwhile
  const { costUsd, unknownCosts, agents } = ledger;
  const report = await planGiven(parts, workflow, { given: givenIn(state), overrides });
  return { ...report, spent: { costUsd: roundedUsd(costUsd), unknownCosts, agents } };
}

function givenIn({ workflow, inputs, byAddress }: RunState): Given {
  const given = givenBy(workflow, inputs);
  const skipped = new Set(given.skipped);
  const counts = { ...given.counts };
  for (const [address, node] of byAddress) {
    if (node.phase === "ended") skipped.add(address);
    for (const way of otherWays(node)) skipped.add(`${address}/${way}`);
    if (node.items) counts[address] = node.items.length - endedIn(node);
  }
  return { skipped, counts };
}

function otherWays(node: NodeState): readonly string[] {
  const { action } = node.plan.step;
  const way = wayOf(node);
  // one that stands in the queue takes another
  if (action.kind !== "branch" || way === undefined || node.phase === "ready") return [];
  return action.ways.flatMap(({ name }) => (name === way ? [] : [name]));
}

function endedIn({ children }: NodeState): number {
  return children.filter(({ phase }) => phase === "ended").length;
}

import { roundedUsd } from "../core/money.ts";
import { judgesIn } from "../core/plan-estimates.ts";
import { itemCountOf, timesOf } from "../core/plan-times.ts";
import type { Step, Workflow } from "../language/workflow.ts";
import type { Prediction } from "../ports/history.ts";
import { ownRunsOf, placedSteps, workflowsIn, worksOf } from "./placed-steps.ts";
import { type Given, isSkipped } from "./plan-given.ts";

export interface CostEstimate {
  /** Sum of the predictions that are known; of rounds and items, as often as is known. */
  readonly knownUsd: number;
  /** Agent steps and judges whose price cannot be predicted. */
  readonly unknownSteps: number;
  /** Steps that ask an agent. */
  readonly agentSteps: number;
  /** How many of these lie in rounds or items, and so may ask more than once. */
  readonly repeatedSteps: number;
  /** Gates that an agent judges. */
  readonly judges: number;
  /** The money cap: no more than this is spent, whatever the estimate. */
  readonly capUsd: number;
}

/** What is known of a run that is planned: by address what was seen before, and what its inputs decide. */
export interface Known {
  readonly found: ReadonlyMap<string, Prediction>;
  readonly given: Given;
}

export function costOf(workflow: Workflow, { found, given }: Known): CostEstimate {
  const timesAt = timesIn(workflow, given);
  const done = placedSteps(workflow.chain).filter(({ address }) => !isSkipped(given, address));
  const agentSteps = done.filter(({ step }) => isAgentStep(step));
  const judges = done.flatMap(({ address, step }) =>
    judgesIn(step).map(({ place }) => ({ address, costUsd: found.get(`${address}!${place}`)?.costUsd })),
  );
  const costs = agentSteps.map(({ address, step }) => {
    return { address, costUsd: found.get(address)?.costUsd ?? step.expectedUsd };
  });
  const known = [...costs, ...judges].flatMap(({ address, costUsd }) =>
    costUsd === undefined || costUsd === null ? [] : [costUsd * timesAt(address)],
  );
  const inside = stepsInside(workflow, given);
  const agents = agentSteps.length + inside.filter(isAgentStep).length;
  const asked = judges.length + inside.flatMap(judgesIn).length;
  return {
    knownUsd: roundedUsd(known.reduce((sum, cost) => sum + cost, 0)),
    unknownSteps: agents + asked - known.length,
    agentSteps: agents,
    repeatedSteps: agentSteps.filter(({ address }) => repeated.test(address)).length,
    judges: asked,
    capUsd: workflow.limits.costUsd,
  };
}

const repeated = /(#|\[\])\//;

/** How often what lies at an address is done, as far as that is known. */
function timesIn({ chain }: Workflow, { counts }: Given): (address: string) => number {
  const times = new Map(
    placedSteps(chain).map(({ address, step: { action } }) => [
      address,
      action.kind === "each"
        ? (counts[address] ?? itemCountOf(action) ?? 1)
        : timesOf(action, { parallel: 1 }),
    ]),
  );
  return (address) =>
    [...address.matchAll(/(#|\[\])\//g)].reduce(
      (product, { index }) => product * (times.get(address.slice(0, index)) ?? 1),
      1,
    );
}

/** All steps in the runs of their own that its steps are; what those cost is not predicted. */
function stepsInside({ chain }: Workflow, given: Given): readonly Step[] {
  const others = placedSteps(chain).flatMap(({ address, step: { action } }) =>
    isSkipped(given, address) ? [] : ownRunsOf(action).flatMap(workflowsIn),
  );
  return others.flatMap((inner) => worksOf(inner.chain));
}

function isAgentStep({ action }: Step): boolean {
  return action.kind === "command" || action.kind === "agent";
}

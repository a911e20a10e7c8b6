import type { RunOverrides } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { Workflow } from "../language/workflow.ts";
import { agentOf } from "./hints.ts";
import type { Parts } from "./parts.ts";
import { workflowsIn, worksOf } from "./placed-steps.ts";

/** Throws UNKNOWN_AGENT or AGENT_UNAVAILABLE when a step needs an agent that cannot be used here. */
export async function requireAgents(
  parts: Parts,
  { workflow, overrides }: { readonly workflow: Workflow; readonly overrides: RunOverrides },
): Promise<void> {
  for (const name of agentsOf(workflow, overrides)) {
    const agent = parts.agents.get(name);
    if (!agent) {
      throw new TuttiError("UNKNOWN_AGENT", `Cannot use the agent "${name}": there is none of this name`, {
        fix: `use one of: ${[...parts.agents.keys()].join(", ")}`,
      });
    }
    const probe = await agent.probe();
    if (probe.available) continue;
    throw new TuttiError(
      "AGENT_UNAVAILABLE",
      `Cannot use the agent "${name}": ${probe.reason ?? "it is not there"}`,
      {
        fix: probe.fix ?? "install it, or try the workflow with --agent mock",
      },
    );
  }
}

function agentsOf(workflow: Workflow, overrides: RunOverrides): Set<string> {
  const names = new Set<string>();
  for (const one of workflowsIn(workflow)) {
    for (const step of worksOf(one.chain)) {
      const name = agentOf(step, { workflow: one, overrides });
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

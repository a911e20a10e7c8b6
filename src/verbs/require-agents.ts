import { agentsOf, judgesOf } from "../core/policies/failover.ts";
import type { RunOverrides } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { Step, Workflow } from "../language/workflow.ts";
import type { Agent } from "../ports/agent.ts";
import type { Chosen } from "./hints.ts";
import type { Parts } from "./parts.ts";
import { requireAbilities } from "./require-abilities.ts";
import { workflowsIn, worksOf } from "./placed-steps.ts";

/**
 * Throws UNKNOWN_AGENT or AGENT_UNAVAILABLE when a step, or a judge of it, needs an agent that cannot be used here, and AGENT_CANNOT when it
 * needs what an agent of it cannot do. Where one of its backups can be used, that one will take over: it is told to `onTrouble`, once for each agent.
 */
export async function requireAgents(
  parts: Pick<Parts, "agents" | "commands" | "onTrouble">,
  { workflow, overrides }: { readonly workflow: Workflow; readonly overrides: RunOverrides },
): Promise<void> {
  await requireAbilities(parts, { workflow, overrides });
  const problems = new Map<string, Promise<TuttiError | undefined>>();
  const problemOf = (agent: Agent): Promise<TuttiError | undefined> => {
    const problem = problems.get(agent.name) ?? unavailable(agent);
    problems.set(agent.name, problem);
    return problem;
  };
  const told = new Set<string>();
  for (const [wanted, ...backups] of agentsIn(workflow, overrides)) {
    const problem = await problemOf(known(parts, wanted));
    if (!problem) continue;
    const backup = await firstUsable(parts, { backups, problemOf });
    if (backup === undefined) throw problem;
    if (!told.has(wanted)) parts.onTrouble(withBackup(problem, backup));
    told.add(wanted);
  }
}

function known({ agents }: Pick<Parts, "agents">, name: string): Agent {
  const agent = agents.get(name);
  if (agent) return agent;
  throw new TuttiError("UNKNOWN_AGENT", `Cannot use the agent "${name}": there is none of this name`, {
    fix: `use one of: ${[...agents.keys()].join(", ")}`,
  });
}

async function unavailable(agent: Agent): Promise<TuttiError | undefined> {
  const probe = await agent.probe();
  if (probe.available) return undefined;
  return new TuttiError(
    "AGENT_UNAVAILABLE",
    `Cannot use the agent "${agent.name}": ${probe.reason ?? "it is not there"}`,
    { fix: probe.fix ?? "install it, or try the workflow with --agent mock" },
  );
}

interface Sought {
  readonly backups: readonly string[];
  readonly problemOf: (agent: Agent) => Promise<TuttiError | undefined>;
}

async function firstUsable(
  { agents }: Pick<Parts, "agents">,
  { backups, problemOf }: Sought,
): Promise<string | undefined> {
  for (const name of backups) {
    const agent = agents.get(name);
    if (agent && (await problemOf(agent)) === undefined) return name;
  }
  return undefined;
}

function withBackup({ code, message, fix }: TuttiError, backup: string): TuttiError {
  return new TuttiError(code, `${message}; its backup "${backup}" takes over`, { fix });
}

/** The agents of each step that asks one, the wanted one first; those of equal steps once. */
function agentsIn(workflow: Workflow, overrides: RunOverrides): Iterable<readonly [string, ...string[]]> {
  const found = new Map<string, readonly [string, ...string[]]>();
  for (const one of workflowsIn(workflow)) {
    for (const step of worksOf(one.chain)) {
      for (const agents of askedBy(step, { overrides, workflow: one }))
        found.set(JSON.stringify(agents), agents);
    }
  }
  return found.values();
}

/** The agents of a step, and those of the judges without whom it cannot end well. */
function askedBy(
  { action, before, gates }: Step,
  chosen: Chosen,
): readonly (readonly [string, ...string[]])[] {
  const asked = [...before, ...gates].flatMap((gate) =>
    gate.kind === "judge" && gate.level !== "advisory" ? [judgesOf(chosen, gate)] : [],
  );
  return action.kind === "command" || action.kind === "agent" ? [agentsOf(chosen, action), ...asked] : asked;
}

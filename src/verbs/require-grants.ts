import { type Problem } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import type { Workflow } from "../language/workflow.ts";
import type { CommandDoc } from "../ports/command-catalog.ts";
import type { Parts } from "./parts.ts";
import { placedSteps, workflowsIn } from "./placed-steps.ts";

/**
 * Skills and subagents of steps that are not there, but for one letter or two. An agent may bring others of its own: about the rest it
 * is asked when its turn comes, before anything is spent.
 */
export async function unknownGrants(
  { commands }: Pick<Parts, "commands">,
  workflow: Workflow,
): Promise<readonly Problem[]> {
  const wanted = workflowsIn(workflow).flatMap((one) =>
    placedSteps(one.chain).flatMap(({ address, step: { action } }) =>
      action.kind === "command" || action.kind === "agent"
        ? [
            ...(action.skills ?? []).map((name) => ({ address, name, kind: "skill" as const })),
            ...(action.subagents ?? []).map((name) => ({ address, name, kind: "agent" as const })),
          ]
        : [],
    ),
  );
  if (wanted.length === 0) return [];
  const known = await commands.list();
  return wanted.flatMap((one) => problemOf(one, known) ?? []);
}

interface Wanted {
  readonly address: string;
  readonly name: string;
  readonly kind: "skill" | "agent";
}

function problemOf({ address, name, kind }: Wanted, known: readonly CommandDoc[]): Problem | undefined {
  const names = known.filter((doc) => doc.kind === kind).map((doc) => doc.name);
  const close = names.includes(name) ? undefined : nearest(name, names);
  if (close === undefined) return undefined;
  const what = kind === "skill" ? "skill" : "subagent";
  return {
    severity: "error",
    code: kind === "skill" ? "UNKNOWN_SKILL" : "UNKNOWN_SUBAGENT",
    message: `Cannot give the agent of step "${address}" the ${what} "${name}": there is none of this name`,
    fix: `did you mean "${close}"?`,
  };
}

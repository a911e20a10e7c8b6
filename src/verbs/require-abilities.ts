import type { RunOverrides } from "../core/events.ts";
import { agentsOf, judgesOf } from "../core/policies/failover.ts";
import { type Problem, problemsError } from "../errors.ts";
import type { AgentAction, CommandAction, Step, Workflow } from "../language/workflow.ts";
import type { Agent, AgentAbilities } from "../ports/agent.ts";
import type { Chosen } from "./hints.ts";
import { check, type Checked, type WorkflowSource } from "./load.ts";
import type { Parts } from "./parts.ts";
import { unknownGrants } from "./require-grants.ts";
import { placeInFile } from "./step-places.ts";
import { placedSteps, workflowsIn, type PlacedStep } from "./placed-steps.ts";

type Agents = Pick<Parts, "agents">;

/**
 * Throws, with all that was found, AGENT_CANNOT when a step needs of an agent that may get it what that one cannot do, and UNKNOWN_SKILL
 * or UNKNOWN_SUBAGENT when it names one that is not there.
 */
export async function requireAbilities(
  parts: Agents & Pick<Parts, "commands">,
  asked: { readonly workflow: Workflow; readonly overrides: RunOverrides },
): Promise<void> {
  const problems = [...unableFor(parts, asked), ...(await unknownGrants(parts, asked.workflow))];
  if (problems.length > 0) throw problemsError(problems);
}

/** The same findings with those of reading a source. */
export async function checkWithAgents(parts: Parts, source: WorkflowSource): Promise<Checked> {
  const checked = await check(parts, source);
  if (!checked.workflow) return checked;
  const { workflow } = checked;
  const unable = [
    ...unableFor(parts, { workflow, overrides: {} }),
    ...(await unknownGrants(parts, workflow)),
  ];
  if (unable.length === 0) return checked;
  const { workflow: _, ...rest } = checked;
  return { ...rest, problems: [...checked.problems, ...unable] };
}

function unableFor(
  parts: Agents,
  { workflow, overrides }: { readonly workflow: Workflow; readonly overrides: RunOverrides },
): readonly Problem[] {
  const found = workflowsIn(workflow).flatMap((one) =>
    placesOf(one).flatMap((placed) => {
      const problems = problemsOf(parts, placed, { workflow: one, overrides });
      const source = problems.length > 0 && placeInFile(one.chain, placed.address);
      return source ? problems.map((problem) => ({ ...problem, source })) : problems;
    }),
  );
  return [...new Map(found.map((problem) => [problem.message, problem])).values()];
}

/** All steps, and what undoes them. */
function placesOf({ chain }: Workflow): readonly PlacedStep[] {
  const placed = placedSteps(chain).flatMap(({ address, step }) => [
    { address, step },
    ...(step.undo ? [{ address: `${address} (undo)`, step: step.undo }] : []),
  ]);
  return chain.undo ? [...placed, { address: "undo", step: chain.undo }] : placed;
}

/** What is asked of an agent: the key that says it, and whether an agent can do it. */
interface Need {
  readonly key: string;
  readonly can: (abilities: AgentAbilities) => boolean;
}

function problemsOf(parts: Agents, { address, step }: PlacedStep, chosen: Chosen): readonly Problem[] {
  const { action } = step;
  const own =
    action.kind === "command" || action.kind === "agent"
      ? lacks(parts, agentsOf(chosen, action), {
          what: `step "${address}"`,
          needs: needsOf(step, action),
          model: action.model ?? chosen.overrides.model,
        })
      : [];
  const judged = [...step.before, ...step.gates].flatMap((gate) =>
    gate.kind === "judge"
      ? lacks(parts, judgesOf(chosen, gate), {
          what: `judge of step "${address}"`,
          needs: judgeNeeds,
          model: gate.model ?? chosen.overrides.model,
        })
      : [],
  );
  return [...own, ...judged, ...problemsOfSummaries(parts, { address, step }, chosen)];
}

/** Who tells long values in short; where nobody is named, and only the workflow wants it, a part of the value will do. */
function problemsOfSummaries(
  parts: Agents,
  { address, step }: PlacedStep,
  chosen: Chosen,
): readonly Problem[] {
  const { action } = step;
  if (action.kind !== "command" && action.kind !== "agent") return [];
  const summarize = action.contextWindow?.summarize ?? namedIn(chosen.workflow);
  if (!summarize) return [];
  const name = chosen.overrides.agent ?? summarize.agent ?? agentsOf(chosen, action)[0];
  return lacks(parts, [name], {
    what: `summaries for step "${address}"`,
    needs: summaryNeeds,
    model: summarize.model,
  });
}

function namedIn({ contextWindow }: Workflow) {
  const summarize = contextWindow?.summarize;
  return summarize?.agent === undefined && summarize?.model === undefined ? undefined : summarize;
}

const judgeNeeds: readonly Need[] = [{ key: "judge", can: (abilities) => abilities.schema !== "none" }];
const summaryNeeds: readonly Need[] = [
  { key: "context_window: summarize", can: (abilities) => abilities.schema !== "none" },
];

function needsOf(step: Step, action: CommandAction | AgentAction): readonly Need[] {
  const needs: readonly (Need & { readonly asked: boolean })[] = [
    { key: "output", asked: step.output !== undefined, can: ({ schema }) => schema !== "none" },
    {
      key: "gates",
      asked: step.gates.some(({ kind }) => kind === "claim"),
      can: ({ schema }) => schema !== "none",
    },
    { key: "tools", asked: "tools" in action && action.tools !== undefined, can: ({ tools }) => tools },
    { key: "writes", asked: step.writes.length > 0, can: ({ files }) => files },
    { key: "gates: files", asked: step.gates.some(wantsChanges), can: ({ files }) => files },
    { key: "mcp_servers", asked: Object.keys(action.mcpServers ?? {}).length > 0, can: ({ mcp }) => mcp },
    { key: "skills", asked: someOf(action.skills), can: ({ skills }) => skills },
    { key: "subagents", asked: someOf(action.subagents), can: ({ subagents }) => subagents },
    {
      key: "permissions: ask",
      asked: typeof action.permissions === "object",
      can: ({ permissions }) => permissions === "ask",
    },
    {
      key: "context_window: references",
      asked: action.contextWindow?.references !== undefined,
      can: ({ files }) => files,
    },
    { key: "effort", asked: action.effort !== undefined, can: ({ thinking }) => thinking },
    { key: "thinking", asked: isSet(action.thinking), can: ({ thinking }) => thinking },
  ];
  return needs.filter(({ asked }) => asked);
}

function someOf(names: readonly string[] | undefined): boolean {
  return names !== undefined && names.length > 0;
}

/** `auto` is a wish: what an agent cannot be told it decides itself. */
function isSet(thinking: CommandAction["thinking"]): boolean {
  return thinking !== undefined && thinking !== "auto";
}

function wantsChanges(gate: Step["gates"][number]): boolean {
  return gate.kind === "files" && someOf(gate.require);
}

interface Asked {
  readonly what: string;
  readonly needs: readonly Need[];
  /** As the step or the caller names it, not the default of all steps. Only the wanted agent gets it: a backup uses its own. */
  readonly model: string | undefined;
}

function lacks(parts: Agents, names: readonly string[], { what, needs, model }: Asked): readonly Problem[] {
  const forModel: readonly Need[] = model === undefined ? [] : [{ key: "model", can: (can) => can.model }];
  return names.flatMap((name, index) => {
    const agent = parts.agents.get(name);
    if (!agent) return [];
    const all = index === 0 ? [...needs, ...forModel] : needs;
    const missing = all.filter(({ can }) => !can(agent.abilities));
    return missing.length === 0 ? [] : [problemOf(agent, { what, missing, all, parts })];
  });
}

function problemOf(
  { name }: Agent,
  {
    what,
    missing,
    all,
    parts,
  }: {
    readonly what: string;
    readonly missing: readonly Need[];
    readonly all: readonly Need[];
    readonly parts: Agents;
  },
): Problem {
  const keys = missing.map(({ key }) => `\`${key}\``).join(", ");
  const others = [...parts.agents.values()].filter(({ abilities }) => all.every(({ can }) => can(abilities)));
  const useOther =
    others.length > 0 ? `use an agent that can: ${others.map((one) => one.name).join(", ")}; or ` : "";
  return {
    severity: "error",
    code: "AGENT_CANNOT",
    message: `Cannot give ${what} to the agent "${name}": it cannot do what is asked with ${keys}`,
    fix: `${useOther}take ${missing.length === 1 ? "it" : "them"} out (\`tutti doctor\` lists what each agent can do)`,
  };
}

import type { JudgeGate } from "../../language/gate.ts";
import type { AgentAction, CommandAction } from "../../language/workflow.ts";
import type { Failure } from "../outcome.ts";
import type { Request } from "../effects.ts";
import type { NodeState } from "../node.ts";
import type { RunState } from "../state.ts";
import { blamesAgent } from "./taxonomy.ts";

/** Agent of the steps when neither they, the workflow nor the caller name one. */
const defaultAgent = "claude-code";

/**
 * The agents that may do a step, the wanted one first. Who names an agent for one run (`--agent`) means that one: it has
 * no backups. A step that names its own agent has no backups but its own.
 */
export function agentsOf(
  { overrides, workflow }: Pick<RunState, "overrides" | "workflow">,
  action: Pick<CommandAction | AgentAction, "agent" | "fallbackAgents">,
): readonly [string, ...string[]] {
  if (overrides.agent !== undefined) return [overrides.agent];
  const inherited = action.agent === undefined ? workflow.fallbackAgents : undefined;
  const wanted = action.agent ?? workflow.agent ?? defaultAgent;
  return [wanted, ...(action.fallbackAgents ?? inherited ?? []).filter((name) => name !== wanted)];
}

/** The agent that a step wants, and its model: a model is one of this agent, a backup uses its own. */
export function wantedAgent(
  state: Pick<RunState, "overrides" | "workflow">,
  action: Pick<AgentAction, "agent" | "fallbackAgents" | "model">,
): { readonly agent: string; readonly model?: string } {
  const model = action.model ?? state.overrides.model ?? state.workflow.model;
  return { agent: agentsOf(state, action)[0], ...(model === undefined ? {} : { model }) };
}

/** The agents that may judge, the wanted one first: those of a step that names the gate's agent, or none. */
export function judgesOf(
  state: Pick<RunState, "overrides" | "workflow">,
  { agent }: { readonly agent?: string },
): readonly [string, ...string[]] {
  return agentsOf(state, agent === undefined ? {} : { agent });
}

/** The agent that judges in the place of the one that was asked; undefined when there is none, or it would fare no better. */
export function nextJudge(
  state: RunState,
  gate: JudgeGate,
  { asked, failure }: { readonly asked: string; readonly failure: Failure },
): string | undefined {
  if (failure.class !== "quota" && !mayFailOver(failure)) return undefined;
  const agents = judgesOf(state, gate);
  const index = agents.indexOf(asked);
  return index < 0 ? undefined : agents[index + 1];
}

/** A backup's request as the wanted agent would have had it; any other as it is. */
export function asWanted(state: RunState, node: NodeState, request: Request): Request {
  const { action } = node.plan.step;
  if (!("agent" in request) || (action.kind !== "command" && action.kind !== "agent")) return request;
  const isBackup = agentsOf(state, action).indexOf(request.agent) > 0;
  return isBackup ? { ...request, ...wantedAgent(state, action) } : request;
}

/** The agent that takes a step over from the one that has it now; undefined when there is none left. */
export function nextAgent(state: RunState, node: NodeState): string | undefined {
  const { action } = node.plan.step;
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  const agents = agentsOf(state, action);
  return agents[agents.indexOf(node.agent ?? agents[0]) + 1];
}

/** True when waiting for the agent is pointless while there is another: its breaker, or that of what befell it, is open. */
export function isShutOut({ breaker }: Failure): boolean {
  return breaker !== undefined && !breaker.startsWith("command ");
}

/** True for a failure that another agent need not have. */
export function mayFailOver(failure: Failure): boolean {
  return isShutOut(failure) || blamesAgent(failure);
}

/** What the agent that takes over is told. */
export function handOver(
  node: NodeState,
  { from, failure }: { readonly from: string; readonly failure: Failure },
): string {
  const changed = node.outcome?.changedFiles ?? [];
  const files = changed.length > 0 ? ` It changed: ${changed.join(", ")}.` : "";
  const note = `The agent "${from}" was given this before and could not do it: ${failure.message}.${files} Look at what is already done before you begin.`;
  return node.feedback === undefined ? note : `${node.feedback}\n${note}`;
}

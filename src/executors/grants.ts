import type { RequestGrants } from "../core/effects.ts";
import type { AgentTask } from "../ports/agent.ts";
import { sessionIdOf } from "./session-id.ts";

/** What the agent is given for its task, as the request says it. */
export function grantsOf({
  skills,
  subagents,
  permissions,
  decided,
}: RequestGrants): Pick<AgentTask, "skills" | "subagents" | "permissions" | "decided"> {
  return {
    ...(skills ? { skills } : {}),
    ...(subagents ? { subagents } : {}),
    ...(permissions ? { permissions } : {}),
    ...(decided ? { decided: callOf(decided) } : {}),
  };
}

function callOf({
  effect: _,
  ...call
}: NonNullable<RequestGrants["decided"]>): NonNullable<AgentTask["decided"]> {
  return call;
}

/** The session of the attempt; one that was stopped before a call goes on. */
export function sessionFor(
  { decided }: RequestGrants,
  { runId, effectId }: { readonly runId: string; readonly effectId: string },
): string {
  return sessionIdOf({ runId, effectId: decided?.effect ?? effectId });
}

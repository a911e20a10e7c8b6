import type { RequestGrants } from "../core/effects.ts";

/** What the agent is given for its task, as the request says it. */
export function grantsOf({ skills, subagents, permissions, decided }: RequestGrants): RequestGrants {
  return {
    ...(skills ? { skills } : {}),
    ...(subagents ? { subagents } : {}),
    ...(permissions ? { permissions } : {}),
    ...(decided ? { decided } : {}),
  };
}

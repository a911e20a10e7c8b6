import type { AgentAbilities } from "../ports/agent.ts";

/** Of an agent of a test that nothing is refused for. */
export const everyAbility: AgentAbilities = {
  streaming: true,
  resume: true,
  schema: "enforced",
  cost: "reported",
  tools: true,
  permissions: "ask",
  files: true,
  mcp: true,
  skills: true,
  subagents: true,
  model: true,
  thinking: true,
};

import type { SwarmAgent, SwarmSpec } from "./spec.ts";

/** The agents whose entries on the blackboard an agent sees besides its own; undefined: all of them. */
export function seenBy(
  { sharing, leader, aggregator }: SwarmSpec,
  agent: SwarmAgent,
): readonly string[] | undefined {
  if (sharing === "global") return undefined;
  const leads = agent.name === leader?.name || agent.name === aggregator?.name;
  if (sharing === "local") return [];
  return leads ? undefined : leader ? [leader.name] : [];
}

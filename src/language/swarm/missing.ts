import type { Made, SwarmAgent, SwarmSpec } from "./spec.ts";

/**
 * Where what a critical agent was to do is missing, whoever took it over: a person says whether the swarm goes on without it.
 * `missing`: CEL of the names of what failed of these agents. No step where none is critical.
 */
export function askAboutMissing(
  { members }: SwarmSpec,
  missing: (critical: readonly SwarmAgent[]) => string,
): readonly Made[] {
  const critical = members.filter(({ impact }) => impact === "critical");
  if (critical.length === 0) return [];
  const names = missing(critical);
  return [
    {
      name: "missing",
      when: `size(${names}) > 0`,
      approval: `This failed, and the swarm cannot do without it: \${ ${names}.join(", ") }. Go on without it?`,
    },
  ];
}

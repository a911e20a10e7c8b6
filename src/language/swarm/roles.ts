import type { Topology } from "../workflow.ts";
import type { Impact, SwarmAgent } from "./spec.ts";

/** Where an agent stands in a swarm, by the word of its role or else by its name. */
export type Place = "leader" | "aggregator" | "judge" | "member";

const words: Readonly<Record<Exclude<Place, "member">, readonly string[]>> = {
  leader: ["coordinator", "leader", "lead", "hub", "manager", "orchestrator", "planner"],
  aggregator: ["aggregator", "synthesizer", "integrator"],
  judge: ["judge", "arbiter"],
};
const memberWords = ["specialist", "spoke", "peer", "follower", "worker", "stage", "member"];

/** Of a mesh and a pipeline all are alike but for a judge: nobody leads, and nobody brings together what the others did. */
export function placeOf(topology: Topology, { name, role }: Pick<SwarmAgent, "name" | "role">): Place {
  const said = role.trim().toLowerCase();
  const known = [...Object.values(words).flat(), ...memberWords].includes(said) ? said : name.toLowerCase();
  const place =
    (["leader", "aggregator", "judge"] as const).find((one) => words[one].includes(known)) ?? "member";
  const led = topology === "hierarchical" || topology === "star";
  return led || place === "judge" ? place : "member";
}

/** What it means when it fails and nothing is said of that. */
export function impactOf(topology: Topology, place: Place): Impact {
  if (place === "leader" || place === "aggregator" || topology === "pipeline") return "critical";
  return topology === "mesh" ? "minor" : "major";
}

const topologies: Readonly<Record<string, Topology>> = {
  leader_follower: "hierarchical",
  peer_to_peer: "mesh",
  event_driven: "mesh",
};

/** The topology by any of its names. */
export function topologyOf(name: string | undefined): Topology | undefined {
  if (name === undefined) return "hierarchical";
  const aliased = topologies[name];
  if (aliased) return aliased;
  return (["hierarchical", "star", "mesh", "pipeline"] as const).find((one) => one === name);
}

/** Tools of the source documents, `/bash security-scan`, in the words of Claude Code. */
export function toolOf(written: string): string {
  const [, name = "", rest = ""] = /^\/(\w+)(?:\s+(.*))?$/s.exec(written.trim()) ?? [];
  const known = builtIn.find((one) => one.toLowerCase() === name.toLowerCase());
  if (!known) return written;
  return known === "Bash" && rest !== "" ? `Bash(${rest}:*)` : known;
}

const builtIn = ["Bash", "Edit", "Glob", "Grep", "Read", "Task", "WebFetch", "WebSearch", "Write"];

/**
 * What an agent can be chosen for: its capabilities, and its tools. One that says nothing of tools has all that any of them
 * has.
 */
export function abilitiesOf(agent: SwarmAgent, members: readonly SwarmAgent[]): readonly string[] {
  const tools = agent.tools ?? members.flatMap((member) => member.tools ?? []);
  return [...new Set([...agent.capabilities, ...tools])];
}

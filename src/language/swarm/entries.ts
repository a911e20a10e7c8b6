import type { Topology } from "../workflow.ts";

export type OwnTopic = "plan" | "asked" | "result" | "answer";

/** Topics of the answers that the steps of a swarm go by: no agent writes under them in its `posts`. */
export const ownTopics: Readonly<Record<Topology, readonly OwnTopic[]>> = {
  hierarchical: ["plan", "result", "answer"],
  star: ["asked", "result", "answer"],
  mesh: ["result"],
  pipeline: ["result"],
};

/* CEL about entries of the blackboard of a swarm; each is called `entry`. */

/** It came under a topic; `keyed`: what its key has to be, as CEL over `entry.key`. */
export function isEntry(topic: string, keyed?: string): string {
  const under = `entry.topic == ${JSON.stringify(topic)}`;
  return keyed === undefined ? under : `${under} && has(entry.key) && ${keyed}`;
}

/** Those of which this is true, in the order in which they came. */
export function entriesWhere(isWanted: string): string {
  return `board.entries.filter(entry, ${isWanted})`;
}

/** There is one of which this is true. */
export function hasEntry(isWanted: string): string {
  return `board.entries.exists(entry, ${isWanted})`;
}

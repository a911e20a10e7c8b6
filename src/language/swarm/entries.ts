/** CEL about entries of the blackboard of a swarm; each is called `entry`. */

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

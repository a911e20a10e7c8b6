import { isObject } from "../../expression/json.ts";
import { membersOf } from "../dialects/builder.ts";
import type { swarmAgentShape } from "../swarm-shapes.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import type { ReadObject } from "./read-object.ts";
import type { Placed } from "./swarm-checks.ts";

/** Names of agents in the rule of a swarm: nobody else votes in it, or writes on its blackboard. */
export function checkVoters({ report }: Loading, rule: Located | undefined, placed: readonly Placed[]): void {
  const names = placed.filter(({ place }) => place !== "judge").map(({ agent }) => agent.name);
  for (const { name, at, part } of rule ? votersIn(rule) : []) {
    if (names.includes(name)) continue;
    const guess = report.nearest(name, names);
    report.add({
      code: "UNKNOWN_NAME",
      message: `Cannot use "${shown(name)}" as a voter: the swarm has no agent of this name that works`,
      fix: guess ? `write "${guess}"` : `use one of ${names.join(", ")}`,
      at: at.spot,
      ...(part ? { part } : {}),
    });
  }
}

interface Voter {
  readonly name: string;
  readonly at: Located;
  readonly part?: "key";
}

function votersIn(rule: Located): readonly Voter[] {
  return membersOf(rule).flatMap(({ key, at }) => {
    if (key === "veto" || key === "priority") {
      if (!isObject(at.value)) return listed(at);
    }
    return membersOf(at).flatMap(({ key: about, at: said }): readonly Voter[] => {
      if (about === "voters") return listed(said);
      return about === "weights" ? weighted(said) : [];
    });
  });
}

function listed(at: Located): readonly Voter[] {
  const items = Array.isArray(at.value) ? itemsOf(at) : [at];
  return items.flatMap((item) => (typeof item.value === "string" ? [{ name: item.value, at: item }] : []));
}

function weighted(at: Located): readonly Voter[] {
  return membersOf(at).map(({ key, at: weight }) => ({ name: key, at: weight, part: "key" as const }));
}

/** A slash command has its tools itself. */
export function checkTools({ report }: Loading, read: ReadObject<typeof swarmAgentShape>): void {
  if (!read.has("command") || !read.has("tools")) return;
  report.add({
    code: "UNKNOWN_KEY",
    message:
      'Cannot use "tools" here: the agent does its turns by a slash command, which says what it may use',
    fix: "take it out, or write a `prompt` in place of the command",
    at: read.spotOf("tools"),
    part: "key",
  });
}

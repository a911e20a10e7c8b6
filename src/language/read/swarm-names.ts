import { isObject } from "../../expression/json.ts";
import { membersOf } from "../dialects/builder.ts";
import type { swarmAgentShape } from "../swarm-shapes.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import type { ReadObject } from "./read-object.ts";
import type { Placed } from "./swarm-checks.ts";

interface Electorate {
  readonly placed: readonly Placed[];
  /** The members vote on something; else the rule only says what holds on the blackboard. */
  readonly vote: boolean;
}

/** Names of agents in the rule of a swarm, and how many it asks for: nobody else votes in it, or writes on its blackboard. */
export function checkVoters(loading: Loading, rule: Located | undefined, electorate: Electorate): void {
  if (!rule) return;
  const { placed, vote } = electorate;
  const workers = placed.filter(({ place }) => place !== "judge");
  const members = workers.filter(({ place }) => place === "member");
  const everyone = workers.map(({ agent }) => agent.name);
  // who leads writes on the blackboard, and is in no vote: one whose consent it needs would stop it each time
  const voters = vote ? members.map(({ agent }) => agent.name) : everyone;
  for (const voter of votersIn(rule)) checkVoter(loading, voter, { voters, everyone });
  checkQuorum(loading, rule, { most: voters.length, to: vote ? "vote" : "write on its blackboard" });
}

function checkVoter(
  { report }: Loading,
  { name, at, part, decides }: Voter,
  { voters, everyone }: { readonly voters: readonly string[]; readonly everyone: readonly string[] },
): void {
  const names = decides ? voters : everyone;
  if (names.includes(name)) return;
  const guess = report.nearest(name, names);
  const why = everyone.includes(name)
    ? "it does not vote in this swarm"
    : "the swarm has no agent of this name that works";
  report.add({
    code: "UNKNOWN_NAME",
    message: `Cannot use "${shown(name)}" as a voter: ${why}`,
    fix: guess ? `write "${guess}"` : `use one of ${names.join(", ")}`,
    at: at.spot,
    ...(part ? { part } : {}),
  });
}

function checkQuorum(
  { report }: Loading,
  rule: Located,
  { most, to }: { readonly most: number; readonly to: string },
): void {
  for (const { value, spot } of quorumsIn(rule)) {
    if (typeof value !== "number" || value <= most) continue;
    const message = `Cannot use a quorum of ${value}: the swarm has ${most} to ${to}`;
    report.add({ code: "BAD_VALUE", message, fix: `write ${most} or fewer`, at: spot });
  }
}

/** How many the rule asks for: those who vote, and those who are for the same. */
function quorumsIn(rule: Located): readonly Located[] {
  return membersOf(rule).flatMap(({ key, at }) => [
    ...(key === "quorum" ? [at] : []),
    ...membersOf(at).flatMap(({ key: about, at: said }) =>
      about === "quorum" || about === "votes" ? [said] : [],
    ),
  ]);
}

interface Voter {
  readonly name: string;
  readonly at: Located;
  readonly part?: "key";
  /** Nothing is decided without it. */
  readonly decides?: boolean;
}

function votersIn(rule: Located): readonly Voter[] {
  return membersOf(rule).flatMap(({ key, at }) => {
    const decides = key === "veto";
    if ((decides || key === "priority") && !isObject(at.value)) return listed(at, decides);
    return membersOf(at).flatMap(({ key: about, at: said }): readonly Voter[] => {
      if (about === "voters") return listed(said, decides);
      return about === "weights" ? weighted(said) : [];
    });
  });
}

function listed(at: Located, decides: boolean): readonly Voter[] {
  const items = Array.isArray(at.value) ? itemsOf(at) : [at];
  return items.flatMap((item) =>
    typeof item.value === "string" ? [{ name: item.value, at: item, decides }] : [],
  );
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

import type { Json } from "../../expression/json.ts";
import { joined, type Section } from "./prompts.ts";
import { abilitiesOf } from "./roles.ts";
import { answerSchema } from "./schemas.ts";
import type { Made, SwarmAgent } from "./spec.ts";
import { type Candidate, type Making, type Turn, turnStep } from "./turn.ts";

/** How pieces of work come to the agents that are led: by name, by what they can, and by who has time. */

export interface Delegated {
  /** Name of the step whose items the pieces are. */
  readonly name: string;
  /** Template of the list of pieces. */
  readonly items: string;
  /** What one piece is called in expressions, and the field that names the agent who is to do it. */
  readonly as: string;
  readonly agentField: string;
  /** CEL of a piece: its name in addresses; a template: its key on the blackboard. */
  readonly key: string;
  readonly boardKey: string;
  /** Steps of each piece before it is done, which may wait for other pieces. */
  readonly before?: readonly Made[];
  readonly ask: readonly (string | readonly Section[] | undefined)[];
  /** Field with the capabilities that a piece needs; absent: pieces need none. */
  readonly needsField?: string;
}

/** A step that has each piece done by one of the members; one that none can do fails alone. */
export function delegated(making: Making, work: Delegated): Made {
  const { spec } = making;
  const turn: Turn = {
    name: "do",
    ask: joined(work.ask),
    output: answerSchemaOfMember(making),
    ownShape: true,
    posts: { topic: "result", key: work.boardKey },
    ...(work.needsField === undefined ? {} : { needs: needsOf(work) }),
  };
  const candidates = spec.members.map((agent): Candidate => ({ agent, when: mayDo(making, work, agent) }));
  return {
    name: work.name,
    error_strategy: "continue_on_failure",
    for_each: {
      items: work.items,
      as: work.as,
      key: work.key,
      ...(work.before ? { concurrency: allAtOnce } : {}),
    },
    gives: "do",
    steps: [...(work.before ?? []), turnStep(making, turn, { candidates, balance: true })] as Json[],
  };
}

/** Pieces that wait for others must not keep those from being begun; how many agents work at once is another matter. */
const allAtOnce = 10_000;

/** Who is led answers a part, and not in the shape of the whole. */
function answerSchemaOfMember({ spec }: Making) {
  const { output: _, ...part } = spec;
  return answerSchema(part);
}

/** CEL of what a piece needs; empty where it says nothing. */
function needsOf({ as, needsField = "" }: Delegated): string {
  return `(has(${as}.${needsField}) ? ${as}.${needsField} : [])`;
}

/** CEL that is true when the agent may do the piece now. */
function mayDo({ spec }: Making, work: Delegated, agent: SwarmAgent): string {
  const piece = `${work.as}.${work.agentField}`;
  const first = `size(do.tried) == 0 && has(${piece})${namedCan(work, spec.members)}`;
  const rules = [canDo(work, agent, spec.members), ...afterFailure(agent, spec.members)];
  return `${first} ? ${piece} == ${quoted(agent.name)} : (${rules.join(" && ")})`;
}

/** CEL: who the piece names can all that it needs, or nobody can. */
function namedCan({ as, agentField, needsField }: Delegated, members: readonly SwarmAgent[]): string {
  if (needsField === undefined || !isDescribed(members)) return "";
  const needs = `${as}.${needsField}`;
  const able = [...Map.groupBy(members, (member) => listed(abilitiesOf(member, members)))].map(
    ([can, alike]) => `{"who": ${listed(alike.map(({ name }) => name))}, "can": ${can}}`,
  );
  const any = members.filter(({ dynamic }) => dynamic).map(({ name }) => name);
  const named = `${as}.${agentField}`;
  const fits = `[${able.join(", ")}].exists(one, ${named} in one.who && ${needs}.all(need, need in one.can))`;
  const isAny = any.length === 0 ? "" : ` || ${named} in ${listed(any)}`;
  return ` && (!has(${needs}) || ${fits}${isAny}${nobodyCan(needs, members)})`;
}

/** It can all that the piece needs; what nobody can, anybody may try. */
function canDo({ as, needsField }: Delegated, agent: SwarmAgent, members: readonly SwarmAgent[]): string {
  if (needsField === undefined || !isDescribed(members) || agent.dynamic) return "true";
  const needs = `${as}.${needsField}`;
  const fits = `${needs}.all(need, need in ${listed(abilitiesOf(agent, members))})`;
  return `(!has(${needs}) || ${fits}${nobodyCan(needs, members)}${isBackup(agent, members)})`;
}

function isDescribed(members: readonly SwarmAgent[]): boolean {
  return members.some((member) => member.dynamic || abilitiesOf(member, members).length > 0);
}

/** CEL: there is nobody who can all of it, and nobody who stands for any specialist. */
function nobodyCan(needs: string, members: readonly SwarmAgent[]): string {
  if (members.some(({ dynamic }) => dynamic)) return "";
  const abilities = new Set(members.map((member) => listed(abilitiesOf(member, members))));
  return ` || ![${[...abilities].join(", ")}].exists(can, ${needs}.all(need, need in can))`;
}

/** CEL: it takes over from one whose backup its author says it is, whatever it can. */
function isBackup(agent: SwarmAgent, members: readonly SwarmAgent[]): string {
  const backed = members.filter(({ backup }) => backup.includes(agent.name)).map(({ name }) => name);
  return backed.length === 0 ? "" : ` || do.tried.exists(one, one.way in ${listed(backed)})`;
}

/** CEL of the keys of the pieces that failed and that one of these agents was to do: by its name, or by what it can. */
export function failedOf(
  { name, agentField, needsField }: Delegated,
  agents: readonly SwarmAgent[],
  members: readonly SwarmAgent[],
): string {
  const named = `one.item.${agentField}`;
  const needs = `one.item.${needsField ?? ""}`;
  const theirs = agents.map((agent) => {
    const can =
      needsField === undefined || agent.dynamic
        ? "true"
        : `!has(${needs}) || ${needs}.all(need, need in ${listed(abilitiesOf(agent, members))})`;
    return `(has(${named}) ? ${named} == ${quoted(agent.name)} : (${can}))`;
  });
  return `${name}.output.filter(one, !one.ok && (${theirs.join(" || ")})).map(one, one.key)`;
}

/**
 * After a failure: nobody takes over from an agent without whom it goes (`minor`), and those that it names as its backup come
 * before all others.
 */
function afterFailure(agent: SwarmAgent, members: readonly SwarmAgent[]): readonly string[] {
  const minor = members.filter(({ impact }) => impact === "minor").map(({ name }) => name);
  const stops = minor.length > 0 ? [`!do.tried.exists(one, one.way in ${listed(minor)})`] : [];
  const waits = members.flatMap(({ name, backup }) => {
    const first = backup.filter((one) => members.some((member) => member.name === one));
    if (first.length === 0 || first.includes(agent.name)) return [];
    const open = `${listed(first)}.exists(one, !do.tried.exists(tried, tried.way == one))`;
    return [`!(do.tried.exists(one, one.way == ${quoted(name)}) && ${open})`];
  });
  return [...stops, ...waits];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function listed(names: readonly string[]): string {
  return JSON.stringify(names);
}

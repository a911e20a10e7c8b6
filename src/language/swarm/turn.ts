import type { Json, JsonObject } from "../../expression/json.ts";
import type { Builder } from "../dialects/builder.ts";
import { itemsOf, type Located } from "../read/loading.ts";
import { entriesWhere, isEntry, type OwnTopic } from "./entries.ts";
import {
  joined,
  ownText,
  preambleOf,
  specialistText,
  standInText,
  takeoverText,
  whoText,
} from "./prompts.ts";
import { seenBy } from "./sight.ts";
import type { Made, SwarmAgent, SwarmSpec } from "./spec.ts";

/** What turns are made with. */
export interface Making {
  readonly spec: SwarmSpec;
  readonly builder: Builder;
  /** The resource of which each turn holds one; undefined: as many turns at once as the run has steps. */
  readonly slots: string | undefined;
}

/** One piece of work in a swarm, and who may do it. */
export interface Turn {
  /** Name of the step. */
  readonly name: string;
  /** What is asked, after who the agent is. */
  readonly ask: string;
  /** JSON Schema of the answer. */
  readonly output: JsonObject;
  /** Its whole answer becomes an entry of the blackboard. */
  readonly posts?: { readonly topic: OwnTopic; readonly key?: string };
  /** An agent that declares a shape of its own answers in that. */
  readonly ownShape?: true;
  /** What its answer has to hold, whatever the agent says besides; `answer`: CEL. */
  readonly gates?: (answer: string) => readonly Json[];
  /** CEL of what it takes to do it: whoever stands for any specialist is then the one for that. */
  readonly needs?: string;
  /** The agent whose turn it is, where who stands in for it posts its answer as its own and not as that agent's. */
  readonly turnOf?: string;
}

/** CEL of what the turn of a step answered. */
export function answerOf(name: string): string {
  return `${stepReference(name)}.output`;
}

/**
 * CEL of the whole answer that was written last under a topic; `key`: CEL. What the agent told the others besides is no part
 * of it. Null: nobody wrote one.
 */
export function writtenLast({ topic, key }: { readonly topic: string; readonly key?: string }): string {
  const written = entriesWhere(isEntry(topic, key && `entry.key == ${key}`));
  return `size(${written}) == 0 ? null : ${written}[size(${written}) - 1].value`;
}

/** What was answered so far, whoever sees what on the blackboard. */
export const written: Made = {
  name: "written",
  value: `\${ ${entriesWhere(`${isEntry("result")} && has(entry.key)`)} }`,
};

/** A way on which an agent does a piece of work. */
export interface Candidate {
  readonly agent: SwarmAgent;
  /** CEL; who may do it. */
  readonly when: string;
  /** Nobody has tried it before. */
  readonly isFirst?: true;
}

/**
 * The step of a turn: a decision for one of the agents that may do it, after which another takes over when it fails. The
 * answer is at `answerOf(name)`. `balance`: who has done well and has least to do comes first, else as they are written.
 */
export function turnStep(
  making: Making,
  turn: Turn,
  {
    candidates,
    balance = false,
    person,
  }: {
    readonly candidates: readonly Candidate[];
    readonly balance?: boolean;
    /** When all have failed a person decides whether this one is asked once more. */
    readonly person?: SwarmAgent;
  },
): Made {
  const [only, ...others] = candidates;
  if (only && others.length === 0 && !person)
    return agentStep(making, turn, { agent: only.agent, name: turn.name });
  const { tries } = making.spec.limits;
  const cases: Record<string, Json> = {};
  for (const candidate of person ? candidates.slice(0, tries) : candidates)
    cases[candidate.agent.name] = caseOf(making, turn, { ...candidate, balance });
  if (person) cases["ask_a_person"] = escalation(making, turn, person);
  return {
    name: turn.name,
    switch: {
      ...(balance ? { balance: true } : {}),
      on_failure: "next",
      max_tries: Math.min(tries + (person ? 1 : 0), Object.keys(cases).length),
      cases,
    },
  };
}

function caseOf(
  making: Making,
  turn: Turn,
  { agent, when, isFirst, balance }: Candidate & { readonly balance: boolean },
): Json {
  const over = isFirst ? {} : ({ takesOver: "from another" } as const);
  const steps = [agentStep(making, turn, { agent, name: "turn", ...over })];
  const room = balance && agent.atOnce !== undefined ? { at_once: agent.atOnce } : {};
  return { when, ...room, gives: "turn", steps };
}

/** Nobody is left who could do what cannot be done without: a person says whether it is tried once more. */
function escalation(making: Making, turn: Turn, agent: SwarmAgent): Json {
  const text = `"${agent.name}" failed, nobody else can do its part, and the swarm cannot go on without it (\${ ${stepReference(turn.name)}.tried.map(one, one.way + ": " + one.error.message).join("; ") }). Ask "${agent.name}" once more?`;
  return {
    when: `size(${stepReference(turn.name)}.tried) > 0`,
    gives: "turn",
    steps: [
      { name: "once_more", approval: text },
      agentStep(making, turn, { agent, name: "turn", takesOver: "its own" }),
    ],
  };
}

interface OneAgent {
  readonly agent: SwarmAgent;
  /** Of the step. */
  readonly name: string;
  /** It may have been tried before: by others first, or by the agent itself and then others. */
  readonly takesOver?: "from another" | "its own";
}

/** What the agent is asked; its own keys and those that all turns share stand in it as they were written. */
function agentStep(making: Making, turn: Turn, one: OneAgent): Made {
  const { spec, builder, slots } = making;
  const { agent, name } = one;
  const text = promptOf(turn, one);
  const { backoff } = spec.limits;
  const step: Made = {
    name,
    preamble: preambleOf(spec),
    output: (turn.ownShape && agent.output) || turn.output,
    ...(slots === undefined ? {} : { uses: [slots] }),
    board: boardOf(spec, turn, agent),
    retry: { max: backoff === "none" ? 0 : 3, backoff },
  };
  if (agent.command) {
    builder.put(step, "command", { from: agent.command });
    step["params"] = text;
  } else {
    step["prompt"] = text;
    if (agent.tools) step["tools"] = [...agent.tools];
  }
  for (const [key, from] of Object.entries({ ...spec.shared, ...agent.own }))
    builder.put(step, key, { from });
  const gates = turn.gates?.(answerOf(name));
  if (gates) step["gates"] = withOwnGates(builder, gates, agent.own["gates"]);
  return step;
}

function promptOf(turn: Turn, { agent, takesOver }: OneAgent): string {
  const tried = stepReference(turn.name);
  return joined([
    whoText(agent),
    agent.dynamic && turn.needs !== undefined ? specialistText(turn.needs) : undefined,
    takesOver === "from another" ? standInText(tried) : undefined,
    ownText(agent),
    turn.ask,
    takesOver ? takeoverText(tried) : undefined,
  ]);
}

function withOwnGates(builder: Builder, gates: readonly Json[], own: Located | undefined): Json {
  const list: Json[] = [...gates];
  const items = own === undefined ? [] : Array.isArray(own.value) ? itemsOf(own) : [own];
  for (const from of items) builder.append(list, { value: from.value, from });
  return list;
}

function boardOf(spec: SwarmSpec, { turnOf, posts: own }: Turn, agent: SwarmAgent): Made {
  const sees = seenBy(spec, agent);
  const standsIn = turnOf !== undefined && turnOf !== agent.name;
  const posts = own && standsIn ? { ...own, key: standInKey(agent.name, turnOf) } : own;
  return {
    as: agent.name,
    ...(sees ? { sees: [...sees] } : {}),
    ...(spec.communication === "synchronous" ? { barrier: true } : {}),
    ...(posts ? { posts } : {}),
  };
}

/** Key under which an agent posts what it answered in the turn of another. */
function standInKey(name: string, turnOf: string): string {
  return `${name}${inPlaceOf}${turnOf}`;
}

export const inPlaceOf = " for ";

/** The candidates for what one agent does by name: itself, then who stands in for it. */
export function inOrder(name: string, agents: readonly SwarmAgent[]): readonly Candidate[] {
  return agents.map((agent, place) =>
    place === 0 ? { agent, when: "true", isFirst: true } : { agent, when: `size(${name}.tried) > 0` },
  );
}

/** Who takes over from an agent: those it names, then those who can all that it can. */
export function standInsFor(
  { leader, aggregator, members }: SwarmSpec,
  agent: SwarmAgent,
): readonly SwarmAgent[] {
  const others = [leader, aggregator, ...members].flatMap((one) =>
    one && one.name !== agent.name ? one : [],
  );
  const named = agent.backup.flatMap((name) => others.find((one) => one.name === name) ?? []);
  const able = others.filter(
    (one) =>
      agent.capabilities.length > 0 && agent.capabilities.every((can) => one.capabilities.includes(can)),
  );
  return [...new Set([...named, ...able])];
}

/** A step by its name, in CEL: a dash would be a minus. */
export function stepReference(name: string): string {
  return name.includes("-") ? `steps[${JSON.stringify(name)}]` : name;
}

/** Steps that go on whatever becomes of the others; what failed is null among their outputs. */
export function sideBySide(name: string, steps: readonly Made[]): Made {
  return { name, parallel: true, chain: { error_strategy: "continue_on_failure", steps: steps as Json[] } };
}

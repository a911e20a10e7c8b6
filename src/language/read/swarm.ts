import { isObject, type Json } from "../../expression/json.ts";
import { defined } from "../defined.ts";
import { Builder, membersOf } from "../dialects/builder.ts";
import {
  coordinationShape,
  decisionShape,
  executionShape,
  ofTurns,
  swarmAgentShape,
  swarmShape,
} from "../swarm-shapes.ts";
import { ownTopics } from "../swarm/entries.ts";
import { expandSwarm } from "../swarm/expand.ts";
import { impactOf, type Place, placeOf, toolOf, topologyOf } from "../swarm/roles.ts";
import type {
  Communication,
  StateSharing,
  SwarmAgent,
  SwarmDecision,
  SwarmLimits,
  SwarmSpec,
} from "../swarm/spec.ts";
import type { Topology } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import { isRanked, resolveBy } from "./board-rule.ts";
import { readBlackboard } from "./board.ts";
import { readJsonSchema } from "./json-schema.ts";
import { checkKeyName, isName } from "./key-name.ts";
import type { Loading, Located } from "./loading.ts";
import { missingKey, readObject, wrongType } from "./read-object.ts";
import {
  checkBackups,
  checkDecides,
  checkPlaces,
  checkReserved,
  checkTopics,
  checkWork,
  isReserved,
  type Placed,
  type ReadSwarm,
  votes,
} from "./swarm-checks.ts";
import { checkTools, checkVoters } from "./swarm-names.ts";
import { emptyBlock } from "../drafts.ts";

/** Reads `swarm:`: agents that work on one task together, as the steps that they come to. */
export function readSwarm(loading: Loading, step: ReadStep, blocks: BlockReader): ReadAction {
  const at = step.part("swarm") ?? step.whole;
  const spec = readSpec(loading, at);
  if (!spec) return { action: { kind: "chain", block: emptyBlock() }, texts: [], callees: [] };
  const { limits } = spec;
  const slots = limits.parallel === undefined ? undefined : slotsOf(loading, limits.parallel);
  const builder = new Builder(loading);
  const steps = expandSwarm({ spec, builder, slots }) as readonly Json[];
  const block = blocks.read(
    { value: [...steps], spot: at.spot },
    { gives: { name: "result", spot: at.spot } },
  );
  const own = ownTopics[spec.topology];
  const board = {
    ...(spec.topics ? readBlackboard(loading, topicsOnly(spec.topics)) : {}),
    resolve: spec.resolve,
    own,
  };
  return {
    action: { kind: "chain", block, board, swarm: spec.topology },
    texts: [],
    callees: [],
    ...(limits.timeoutMs === undefined ? {} : { body: { limits: { timeMs: limits.timeoutMs } } }),
  };
}

/** A resource of which each turn of the swarm holds one. */
function slotsOf({ resources }: Loading, parallel: number): string {
  const name = `agents of swarm ${resources.size + 1}`;
  resources.set(name, parallel);
  return name;
}

function topicsOnly(topics: Located): Located {
  return { value: { topics: topics.value }, spot: topics.spot };
}

function readSpec(loading: Loading, at: Located): SwarmSpec | undefined {
  const read = readObject(loading, at, swarmShape);
  if (!read) return undefined;
  const topology = topologyOf(read.leaves.topology) ?? "hierarchical";
  const placed = readPlaced(loading, read, topology);
  if (!placed) return undefined;
  const decision = readDecision(loading, read.part("decision"));
  const part = read.part("coordination");
  const coordination = part && readObject(loading, part, coordinationShape);
  const rule = coordination?.part("conflict_resolution");
  checkDecides(loading, read, { topology, placed, decision, rule });
  checkTopics(loading, read, ownTopics[topology]);
  checkVoters(loading, rule, { placed, vote: votes({ topology, decision }) });
  return {
    topology,
    ...placesOf(placed),
    ...talkOf(topology, { ...coordination?.leaves, named: read.leaves.topology }),
    ranked: isRanked(loading, rule),
    resolve: resolveBy(loading, rule),
    limits: limitsOf(loading, read, placed.length),
    shared: locatedIn(read, ["context_window", "memory", "thinking"]),
    ...defined({
      task: read.part("task"),
      rule,
      decision,
      topics: read.part("topics"),
      output: readOutput(loading, read.part("output")),
    }),
  };
}

/** The agents, where each has a place in the topology. */
function readPlaced(loading: Loading, read: ReadSwarm, topology: Topology): readonly Placed[] | undefined {
  const placed = readAgents(loading, read, topology);
  // what follows from a word that cannot be read is not told besides
  if (!placed || (read.has("topology") && !read.leaves.topology)) return undefined;
  return checkPlaces(loading, read, { topology, placed }) ? placed : undefined;
}

/** A schema with a mistake is told once, and not in each turn that would have it. */
function readOutput(loading: Loading, at: Located | undefined): Located | undefined {
  return at && readJsonSchema(loading, at, { what: '"output"' }) ? at : undefined;
}

function placesOf(placed: readonly Placed[]): Pick<SwarmSpec, "leader" | "aggregator" | "judge" | "members"> {
  const one = (place: Place) => placed.find((agent) => agent.place === place)?.agent;
  return {
    members: placed.filter(({ place }) => place === "member").map(({ agent }) => agent),
    ...defined({ leader: one("leader"), aggregator: one("aggregator"), judge: one("judge") }),
  };
}

interface Talk {
  readonly communication?: Communication;
  readonly state_sharing?: StateSharing;
  /** The topology as it is written. */
  readonly named: string | undefined;
}

function talkOf(topology: Topology, talk: Talk): Pick<SwarmSpec, "communication" | "sharing"> {
  const usual = talk.named === "event_driven" ? "event_driven" : defaultTalk[topology];
  return { communication: talk.communication ?? usual, sharing: talk.state_sharing ?? "global" };
}

const defaultTalk = {
  hierarchical: "event_driven",
  star: "synchronous",
  mesh: "synchronous",
  pipeline: "event_driven",
} as const;

function limitsOf(loading: Loading, read: ReadSwarm, members: number): SwarmLimits {
  const part = read.part("execution");
  const execution = part && readObject(loading, part, executionShape);
  const {
    parallel_limit: parallel,
    timeout: timeoutMs,
    retry_strategy: retry = "exponential_backoff",
  } = execution?.leaves ?? {};
  const { rounds = 3, max_tries: tries = Math.max(2, members) } = read.leaves;
  const backoff = retry === "none" ? "none" : retry === "constant_backoff" ? "constant" : "exponential";
  return { backoff, rounds, tries, ...defined({ parallel, timeoutMs }) };
}

function readAgents(loading: Loading, read: ReadSwarm, topology: Topology): readonly Placed[] | undefined {
  const part = read.part("agents");
  if (!part) {
    missingKey(loading, read.whole, { what: "the swarm", key: "agents" });
    return undefined;
  }
  if (!isObject(part.value)) {
    wrongType(loading, { at: part, what: '"agents"', wanted: "an object of names and agents" });
    return undefined;
  }
  const members = membersOf(part);
  const placed = members.flatMap(({ key, at }) => readAgent(loading, { name: key, at, topology }) ?? []);
  for (const { agent, at } of placed) checkBackups(loading, at, { agent, placed });
  const areAll =
    placed.length === members.length &&
    placed.every(({ agent }) => isName(agent.name) && !isReserved(agent.name));
  return areAll ? placed : undefined;
}

interface OneAgent {
  readonly name: string;
  readonly at: Located;
  readonly topology: Topology;
}

function readAgent(loading: Loading, { name, at, topology }: OneAgent): Placed | undefined {
  checkKeyName(loading, at, { name, what: "an agent" });
  checkReserved(loading, at, name);
  const given = at.value === null ? { value: {}, spot: at.spot } : at;
  const read = readObject(loading, given, swarmAgentShape);
  if (!read) return undefined;
  const {
    role = name,
    capabilities = [],
    backup = [],
    dynamic = false,
    tools,
    at_once: atOnce,
    impact,
  } = read.leaves;
  const place = placeOf(topology, { name, role });
  const output = read.part("output");
  checkTools(loading, read);
  checkWork(loading, read, { topology, place });
  const agent: SwarmAgent = {
    name,
    at,
    role,
    capabilities,
    backup,
    dynamic,
    impact: impact ?? impactOf(topology, place),
    own: locatedIn(read, ofTurns),
    ...defined({
      atOnce,
      prompt: read.part("prompt"),
      command: read.part("command"),
      tools: tools?.map(toolOf),
      output: output && readJsonSchema(loading, output, { what: '"output"' }),
    }),
  };
  return { agent, place, at };
}

function readDecision(loading: Loading, at: Located | undefined): SwarmDecision | undefined {
  const read = at && readObject(loading, at, decisionShape);
  if (!read) return undefined;
  const { question = "which of the options is right?", blind = true } = read.leaves;
  return { question, blind, ...defined({ options: read.part("options") }) };
}

function locatedIn(
  read: { part(key: string): Located | undefined },
  keys: readonly string[],
): Readonly<Record<string, Located>> {
  const found: Record<string, Located> = {};
  for (const key of keys) {
    const part = read.part(key);
    if (part) found[key] = part;
  }
  return found;
}

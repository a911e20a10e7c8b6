import type { Outcome } from "../core/outcome.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { WorkEffect } from "../ports/performer.ts";

/** Swarms of each topology, and agents that answer what they are asked for by its shape. */

const agents: JsonObject = {
  lead: { role: "coordinator", capabilities: ["planning"] },
  sec: { role: "specialist", capabilities: ["security"] },
  speed: { role: "specialist", capabilities: ["profiling"], backup: "sec" },
};
const peers: JsonObject = { ann: { role: "peer" }, bob: { role: "peer" }, cyd: { role: "peer" } };
const decision: JsonObject = { question: "which?", options: ["left", "right"] };

/** Workflows, by what is particular about them. */
export const swarms: Readonly<Record<string, JsonObject>> = {
  hierarchical: {
    topology: "hierarchical",
    agents,
    decision,
    coordination: { state_sharing: "hierarchical" },
  },
  star: { topology: "star", agents, rounds: 3 },
  mesh: { topology: "mesh", agents: peers, decision, rounds: 3 },
  "mesh, event driven": {
    topology: "mesh",
    agents: peers,
    decision,
    rounds: 2,
    coordination: { communication: "event_driven" },
  },
  "mesh, asynchronous": {
    topology: "mesh",
    agents: peers,
    rounds: 2,
    coordination: { communication: "asynchronous" },
  },
  pipeline: { topology: "pipeline", agents: peers },
};

export function swarmWorkflow(swarm: JsonObject, rest: JsonObject = {}): JsonObject {
  return { name: "team", agent: "mock", swarm: { task: "do it", ...swarm }, ...rest };
}

/** What an agent answers to a piece of work; the same to the same question. */
export function answerTo({ address, policy }: WorkEffect): Outcome {
  return { ok: true, shaped: true, output: answerIn(address, policy.schema ?? {}), usage };
}

const usage = { costUsd: 0.5, inputTokens: 100, outputTokens: 10 };

function answerIn(address: string, schema: JsonObject): Json {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const has = (name: string): boolean => Object.hasOwn(properties, name);
  if (has("subtasks")) return { subtasks };
  if (has("messages")) return hubAnswer(address);
  const votes = has("vote") ? { vote: voteOf(address, properties["vote"]), reason: `says ${address}` } : {};
  return { answer: `by ${address}`, ...votes, posts: [{ topic: "note", key: "where", value: address }] };
}

const subtasks: readonly Json[] = [
  { id: "a", title: "A", task: "do a", needs: ["security"] },
  { id: "b", title: "B", task: "do b", needs: ["profiling"] },
  { id: "c", title: "C", task: "do c", depends_on: ["a", "b"] },
];

function hubAnswer(address: string): Json {
  if (!address.includes("talk#1/")) return { done: true, messages: [], answer: { answer: "the hub knows" } };
  return {
    done: false,
    messages: [
      { to: "sec", text: "look" },
      { to: "speed", text: "measure" },
    ],
  };
}

/** Ann is alone in the first round. */
function voteOf(address: string, asked: Json | undefined): Json {
  const options = isObject(asked) && Array.isArray(asked["enum"]) ? asked["enum"] : ["left"];
  return options[address.includes("ann") && address.includes("#1") ? 0 : 1] ?? options[0] ?? null;
}

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Event } from "../../src/core/events.ts";
import type { JsonObject } from "../../src/expression/json.ts";
import { swarms, swarmWorkflow } from "../../src/testing/swarm-runs.ts";
import { type Ended, startTutti } from "./binary.ts";
import type { SwarmResult } from "../swarm-scene.ts";
import { findRun, withTutti } from "./evidence.ts";
import { makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";

/** Every agent takes a while, so that there are moments in which it is at work. */
const takes = { delay: "150ms", cost: 0.25 };

/** What the agents of the swarms answer. */
const rules: readonly JsonObject[] = [
  {
    step: "*/plan/*",
    output: {
      subtasks: [
        { id: "a", title: "A", task: "do a", needs: ["security"] },
        { id: "b", title: "B", task: "do b", needs: ["profiling"] },
        { id: "c", title: "C", task: "do c", depends_on: ["a", "b"] },
      ],
    },
  },
  {
    step: "*talk#1/ask/*",
    output: {
      done: false,
      messages: [
        { to: "sec", text: "look" },
        { to: "speed", text: "measure" },
      ],
    },
  },
  { step: "*/ask/*", output: { done: true, messages: [], answer: { answer: "the hub knows" } } },
  // ann is alone in the first round
  { step: "*#1/peers/ann", output: voting("left", "ann") },
  { step: "*ann#1/*", output: voting("left", "ann") },
  { step: "*ann*", output: { ...voting("right", "bob"), answer: "by ann" } },
  {
    step: "*",
    output: { ...voting("right", "bob"), answer: "said", posts: [{ topic: "note", key: "k", value: 1 }] },
  },
].map((rule) => ({ ...rule, ...takes }));

function voting(side: string, peer: string): JsonObject {
  return { answer: side, vote: side, reason: `for ${peer}` };
}

export interface SwarmEnd {
  readonly kills: number;
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

export interface SwarmRound {
  /** One of `swarms`. */
  readonly name: string;
  readonly seed: number;
  readonly mostKills: number;
}

/** Runs a swarm to its end with the real program, killing that with SIGKILL again and again at moments that the seed gives. */
export async function swarmRound({ name, seed, mostKills }: SwarmRound): Promise<SwarmEnd> {
  const swarm = swarms[name] ?? {};
  const votes =
    swarm["topology"] === "mesh" ? { decision: { question: "which?", options: ["left", "right"] } } : {};
  const project = makeProject({
    "workflow.json": { ...swarmWorkflow({ ...swarm, ...votes }), workspace: "none" },
    "mock.json": { rules: [...rules] },
  });
  const killer = { project, random: createRandom(seed), left: mostKills, kills: 0 };
  const faults: string[] = [];
  let life = await oneLife(killer);
  while (life.signal === "SIGKILL" && !(await isOver(project))) life = await oneLife(killer);
  if (life.exitCode !== 0 && life.signal !== "SIGKILL")
    faults.push(`it ended with ${life.exitCode}: ${life.stderr}`);
  if (faults.length === 0) faults.push(...(await faultsIn(project)));
  if (faults.length === 0) rmSync(project.folder, { recursive: true, force: true });
  return { kills: killer.kills, faults, folder: project.folder };
}

/** A run may be over a moment before its process is. */
async function isOver(project: Project): Promise<boolean> {
  return (await findRun(project))?.status === "completed";
}

interface Killer {
  readonly project: Project;
  readonly random: Random;
  left: number;
  kills: number;
}

async function oneLife(killer: Killer): Promise<Ended> {
  const { project, random } = killer;
  const found = await findRun(project);
  const args = found ? ["resume", found.runId] : ["run", "workflow.json"];
  const life = startTutti(project, [...args, "--mock", "mock.json"]);
  if (killer.left > 0) {
    killer.left -= 1;
    const over = await Promise.race([life.ended, sleep(random.between(80, 450))]);
    if (!over) life.kill("SIGKILL");
  }
  const ended = await life.ended;
  if (ended.signal === "SIGKILL") killer.kills += 1;
  return ended;
}

async function faultsIn(project: Project): Promise<readonly string[]> {
  const found = await findRun(project);
  if (!found) return ["there is no run"];
  const { runId, events } = found;
  const { status, ledger, nodes } = await withTutti(project, (tutti) => tutti.show(runId));
  const output = nodes.find(({ address }) => address === "swarm/result")
    ?.output as unknown as Partial<SwarmResult>;
  return [
    ...(status === "completed" ? [] : [`the run is ${status}`]),
    ...askedAgain(events),
    ...(isRight(output) ? [] : [`it came to ${JSON.stringify(output)}`]),
    ...wrongLedger(events, ledger.costUsd),
  ];
}

function isRight({ answer, decision, failed }: Partial<SwarmResult>): boolean {
  const said = JSON.stringify(answer ?? null);
  const decided = decision === null || decision?.["decision"] === "right";
  return decided && failed?.length === 0 && /right|the hub knows/.test(said);
}

/** Addresses whose agent was begun again after its answer was in the log. */
function askedAgain(events: readonly Event[]): readonly string[] {
  const answered = new Set<string>();
  const again: string[] = [];
  for (const event of events) {
    if (event.type === "attempt.started" && answered.has(event.address))
      again.push(`asked again: ${event.address}`);
    if (event.type === "attempt.ended" && event.attempt > 0) answered.add(event.address);
  }
  return again;
}

function wrongLedger(events: readonly Event[], costUsd: number | null): readonly string[] {
  const ended = events.filter((event) => event.type === "attempt.ended" && event.attempt > 0);
  const spent = ended.length * takes.cost;
  return spent === costUsd ? [] : [`it cost ${costUsd}, and its attempts ${spent}`];
}

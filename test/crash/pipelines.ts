import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Event } from "../../src/core/events.ts";
import { isTuttiError } from "../../src/errors.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { type Ended, startTutti } from "./binary.ts";
import { findRun, withTutti } from "./evidence.ts";
import { makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";

export interface PipelineRound {
  readonly seed: number;
  readonly records: number;
  readonly mostKills: number;
}

export interface PipelineEnd {
  readonly kills: number;
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

const priceUsd = 0.25;
/** Records of a batch that an agent is asked for. */
const asked = 500;

/** Three stages: one that filters and makes records, one that runs a program, one that asks an agent, which costs money. */
const workflow = {
  name: "records",
  limits: { cost: "100000 USD", agents: 1_000_000, time: "100h" },
  pipeline: {
    source: { jsonl: "in.jsonl" },
    stages: [
      {
        name: "keep",
        when: "record.n % 5 != 0",
        value: { n: "${ record.n }", user: "${ record.user }" },
        batch_size: 100,
        parallelism: 2,
      },
      { name: "upper", run: "tr a-z A-Z", batch_size: 1000, parallelism: 2 },
      { name: "ask", agent: "mock", prompt: "look", batch_size: asked, parallelism: 3, into: "said" },
    ],
    sink: { jsonl: "out.jsonl" },
    flow_control: { buffer_size: 4000 },
  },
};
const mock = { rules: [{ step: "*", output: "seen", cost: priceUsd, delay: "5ms" }] };

function inputOf(records: number): string {
  return Array.from({ length: records }, (_, n) => `{"n":${n},"user":"user ${n % 97}"}\n`).join("");
}

function outputOf(records: number): string {
  return Array.from({ length: records }, (_, n) => n)
    .filter((n) => n % 5 !== 0)
    .map((n) => `{"N":${n},"USER":"USER ${n % 97}","said":"seen"}\n`)
    .join("");
}

/** Runs a pipeline to its end with the real program, killing that with SIGKILL at moments that the seed gives. */
export async function pipelineRound({ seed, records, mostKills }: PipelineRound): Promise<PipelineEnd> {
  const project = makeProject({ "workflow.json": workflow, "mock.json": mock });
  writeFileSync(join(project.folder, "in.jsonl"), inputOf(records));
  const killer = { project, random: createRandom(seed), left: mostKills, kills: 0 };
  let life = await oneLife(killer);
  while (life.signal === "SIGKILL" && !(await isOver(project))) life = await oneLife(killer);
  const faults =
    life.exitCode === 0 || life.signal === "SIGKILL"
      ? await faultsIn(project, records)
      : [`it ended with ${life.exitCode}: ${life.stderr}`];
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
    // from before it has opened its state to well within its work
    const over = await Promise.race([life.ended, sleep(random.between(100, 1200))]);
    if (!over) life.kill("SIGKILL");
  }
  const ended = await life.ended;
  if (ended.signal === "SIGKILL") killer.kills += 1;
  return ended;
}

async function faultsIn(project: Project, records: number): Promise<readonly string[]> {
  const found = await findRun(project);
  if (!found) return ["there is no run"];
  const output = readFileSync(join(project.folder, "out.jsonl"), "utf8");
  return withTutti(project, async (tutti) => [
    ...(found.status === "completed" ? [] : [`the run is ${found.status}`]),
    ...(output === outputOf(records) ? [] : [`the output is another: ${output.length} characters`]),
    ...(await faultsOfBatches(tutti, found, records)),
  ]);
}

/** Each batch of the stage that costs money was done once, and all of them cost what the run says. */
async function faultsOfBatches(
  tutti: Tutti,
  { runId, events }: { readonly runId: string; readonly events: readonly Event[] },
  records: number,
): Promise<readonly string[]> {
  const stream = events.flatMap((event) =>
    event.type === "attempt.started" && event.request.kind === "pipeline" ? [event.request.child] : [],
  )[0];
  const batches = Math.ceil((records * 4) / 5 / asked);
  const faults: string[] = [];
  let spentUsd = 0;
  for (let no = 0; no < batches; no += 1) {
    const log = await eventsOf(tutti, `${stream}.ask-0_${no}`);
    const ended = log.filter((event) => event.type === "attempt.ended");
    if (ended.filter(({ outcome }) => outcome.ok).length !== 1) faults.push(`batch ${no} was not done once`);
    const first = log.findIndex((event) => event.type === "attempt.ended" && event.outcome.ok);
    if (log.slice(first).some(({ type }) => type === "attempt.started"))
      faults.push(`batch ${no} was asked again`);
    spentUsd += ended.reduce((sum, { outcome }) => sum + (outcome.usage?.costUsd ?? 0), 0);
  }
  const { ledger } = await tutti.show(runId);
  if (Math.abs((ledger.costUsd ?? 0) - spentUsd) > 1e-6)
    faults.push(`it cost ${ledger.costUsd}, and its batches ${spentUsd}`);
  return faults;
}

async function eventsOf(tutti: Tutti, runId: string): Promise<readonly Event[]> {
  try {
    return await tutti.events(runId);
  } catch (error) {
    if (isTuttiError(error)) return [];
    throw error;
  }
}

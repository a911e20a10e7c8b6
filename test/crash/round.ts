import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { runTutti, startTutti, type Ended, type Life } from "./binary.ts";
import { faultsOf, findRun, type Found, Ledger } from "./evidence.ts";
import { makeGraph, type Graph } from "./graph.ts";
import { filesOf, makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";

export const runArgs = ["run", "workflow.json", "--mock", "mock.json"];

/** What a graph leaves when nobody disturbs it. */
export interface Undisturbed {
  readonly graph: Graph;
  readonly files: Readonly<Record<string, string>>;
  readonly lengthMs: number;
}

export function projectOf(graph: Graph): Project {
  return makeProject({ "workflow.json": graph.workflow, "mock.json": graph.mock });
}

export async function runUndisturbed(seed: number): Promise<Undisturbed> {
  const graph = makeGraph(seed);
  const project = projectOf(graph);
  try {
    const { exitCode, stderr, lengthMs } = await runTutti(project, runArgs);
    if (exitCode !== 0)
      throw new Error(`seed ${seed}: the undisturbed run ended with ${exitCode}:\n${stderr}`);
    return { graph, files: filesOf(project), lengthMs };
  } finally {
    rmSync(project.folder, { recursive: true, force: true });
  }
}

export interface RoundEnd {
  readonly kills: number;
  /** Kills before there was a run, and kills of a process that was resuming one. */
  readonly killsBeforeRun: number;
  readonly killsOfResume: number;
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

export interface RoundOptions {
  readonly seed: number;
  /** After so many kills the run is left alone, so that every round ends. */
  readonly mostKills: number;
}

/** Runs a graph to its end, killing it with SIGKILL again and again at moments that the seed gives. */
export async function crashRound(
  undisturbed: Undisturbed,
  { seed, mostKills }: RoundOptions,
): Promise<RoundEnd> {
  const random = createRandom(seed);
  const project = projectOf(undisturbed.graph);
  const ledger = new Ledger(project);
  const kills: LifeEnd[] = [];
  const faults: string[] = [];
  for (let life = 1, over = false; !over && faults.length === 0; life += 1) {
    const killAfter = kills.length >= mostKills ? undefined : moment(random, { undisturbed, life });
    const end = await oneLife(project, killAfter);
    ledger.look(end.after?.events ?? []);
    faults.push(...ledger.repeated(), ...troubleOf(end));
    if (end.ended.signal === "SIGKILL") kills.push(end);
    over = end.ended.exitCode === 0 || end.after?.status === "completed";
  }
  faults.push(...(await faultsOf(project, { files: undisturbed.files, ledger })));
  if (faults.length === 0) rmSync(project.folder, { recursive: true, force: true });
  return {
    kills: kills.length,
    killsBeforeRun: kills.filter(({ after }) => !after).length,
    killsOfResume: kills.filter(({ before }) => before).length,
    faults,
    folder: project.folder,
  };
}

function troubleOf({ ended: { exitCode, signal, stderr } }: LifeEnd): readonly string[] {
  if (exitCode === 0 || signal === "SIGKILL") return [];
  return [`a life ended with ${exitCode ?? signal}:\n${stderr}`];
}

/** When to kill: a time after the start, or after it said its first word. */
interface Moment {
  readonly after: "start" | "first line";
  readonly delayMs: number;
}

/** Anywhere in the run's length; more often in its start, so that a run dies many times on its way. */
function moment(
  random: Random,
  { undisturbed, life }: { readonly undisturbed: Undisturbed; readonly life: number },
): Moment {
  const { lengthMs } = undisturbed;
  // later lives are longer, so that a slow machine gets to the end too
  const share = Math.min(1, 0.25 + life / 60);
  if (random.chance(0.15)) return { after: "start", delayMs: random.between(0, lengthMs * 0.1) };
  if (random.chance(0.25)) return { after: "first line", delayMs: random.between(0, 60) };
  if (random.chance(0.2)) return { after: "start", delayMs: random.between(0, lengthMs) };
  return { after: "first line", delayMs: random.between(0, lengthMs * share) };
}

interface LifeEnd {
  readonly before: Found | undefined;
  readonly ended: Ended;
  readonly after: Found | undefined;
}

/** Starts the run, or resumes it when there is one, until it ends or is killed. */
async function oneLife(project: Project, killAfter: Moment | undefined): Promise<LifeEnd> {
  const before = await findRun(project);
  const life = startTutti(project, before ? ["resume", before.runId] : runArgs);
  if (killAfter) await killWhenDue(life, killAfter);
  const ended = await life.ended;
  return { before, ended, after: await findRun(project) };
}

async function killWhenDue(life: Life, { after, delayMs }: Moment): Promise<void> {
  if (after === "first line") await life.spoke;
  const over = new AbortController();
  void life.ended.then(() => over.abort());
  await sleep(delayMs, undefined, { signal: over.signal }).catch(() => {});
  life.kill("SIGKILL");
}

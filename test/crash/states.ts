import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Life, startTutti } from "./binary.ts";
import { faultsOf, findRun, type Found, Ledger } from "./evidence.ts";
import { makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";
import { type RoundEnd, type RoundOptions, runArgs } from "./round.ts";
import { type Scene, scenes } from "./scenes.ts";

/** Runs a scene to its end, killing it with SIGKILL in its state so many times, at moments that the seed gives. */
export async function stateRound(
  name: keyof typeof scenes,
  { seed, mostKills }: RoundOptions,
): Promise<RoundEnd> {
  const scene: Scene = scenes[name];
  const random = createRandom(seed);
  const project = makeProject(scene.files);
  const ledger = new Ledger(project);
  let kills = 0;
  let found: Found | undefined;
  for (let last = false; !last;) {
    last = kills >= mostKills;
    const killed = await oneLife(project, { scene, found, random: last ? undefined : random });
    kills += killed ? 1 : 0;
    found = await findRun(project);
    ledger.look(found?.events ?? []);
    last ||= isOver(found);
  }
  const faults = [
    ...(await faultsOf(project, { files: scene.ends.files, ledger, status: scene.ends.status })),
    ...scene.check(found?.events ?? []),
  ];
  if (faults.length === 0) rmSync(project.folder, { recursive: true, force: true });
  return { kills, killsBeforeRun: 0, killsOfResume: Math.max(0, kills - 1), faults, folder: project.folder };
}

interface Living {
  readonly scene: Scene;
  readonly found: Found | undefined;
  /** Absent: it is left alone. */
  readonly random: Random | undefined;
}

/** Starts or resumes the run; true when it was killed. */
async function oneLife(project: Project, living: Living): Promise<boolean> {
  const { scene, found, random } = living;
  if (!random && found) await scene.finish?.(project, found);
  if (!random && isOver(await findRun(project))) return false;
  const life = startTutti(project, argsOf(scene, found));
  if (random) await killWhenThere(life, { project, living, random });
  const { signal, stderr } = await life.ended;
  if (!found && !(await findRun(project))) throw new Error(`there is no run: ${stderr}`);
  return signal === "SIGKILL";
}

function argsOf({ flags = [] }: Scene, found: Found | undefined): readonly string[] {
  return [...(found ? ["resume", found.runId] : runArgs), ...flags];
}

async function killWhenThere(
  life: Life,
  {
    project,
    living,
    random,
  }: { readonly project: Project; readonly living: Living; readonly random: Random },
): Promise<void> {
  const { scene, found } = living;
  const over = new AbortController();
  void life.ended.then(() => over.abort());
  const before = found?.events.length ?? 0;
  if (scene.lead) await scene.lead(project, await begun(project, before));
  while (!over.signal.aborted && !isThere(await findRun(project), { scene, before })) await sleep(10);
  await sleep(random.between(0, scene.withinMs), undefined, { signal: over.signal }).catch(() => {});
  life.kill("SIGKILL");
}

/** The run, as soon as this process drives it. */
async function begun(project: Project, before: number): Promise<Found> {
  for (;;) {
    const found = await findRun(project);
    if (found && found.events.length > before) return found;
    await sleep(10);
  }
}

/** It came to the state since this process drives it. */
function isThere(
  found: Found | undefined,
  { scene, before }: { readonly scene: Scene; readonly before: number },
): boolean {
  const since = found?.events.slice(before) ?? [];
  // a run has to be left before it can be taken over
  const during = scene.during === "recovering" && before === 0 ? "executing" : scene.during;
  return since.some((event) => event.type === "run.status" && event.to === during);
}

const ends: ReadonlySet<string> = new Set(["completed", "degraded", "failed", "cancelled"]);

function isOver(found: Found | undefined): boolean {
  return found !== undefined && ends.has(found.status);
}

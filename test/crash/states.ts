import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Event } from "../../src/core/events.ts";
import { type Life, runTutti, startTutti } from "./binary.ts";
import { faultsOf, findRun, type Found, Ledger } from "./evidence.ts";
import { makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";
import { type RoundEnd, type RoundOptions, runArgs } from "./round.ts";

/** A state of a run in which it is killed, again and again, and what it has to come to. */
interface Scene {
  readonly files: Readonly<Record<string, object>>;
  /** The status in which it is killed. */
  readonly during: string;
  /** How long after it came there; ms. */
  readonly withinMs: number;
  readonly ends: { readonly status: string; readonly files: Readonly<Record<string, string>> };
  /** What brings it to its end after the last kill, if that is more than to resume it. */
  readonly finish?: (project: Project, found: Found) => Promise<void>;
  /** What else has to hold. */
  readonly check: (events: readonly Event[]) => readonly string[];
}

const undone = ["a", "g/b", "l#1/c", "l#2/c"];

/** Four steps that are undone, one that is not, and one that fails. */
const compensating: Scene = {
  files: {
    "workflow.json": {
      name: "compensating",
      chain: [
        { name: "a", run: "./work a 0 =", undo: "./unwork a 0.2" },
        { name: "kept", run: "./work kept 0 =" },
        { name: "g", steps: [{ name: "b", run: "./work b 0 =", undo: "./unwork b 0.1" }] },
        {
          name: "l",
          repeat: { max: 2 },
          steps: [
            {
              name: "c",
              run: "./work c${{ l.round }} 0 =",
              undo: { run: "./unwork c${{ l.round }} 0.2", retry: 1 },
            },
          ],
        },
        { name: "z", run: "false" },
      ],
    },
    "mock.json": {},
  },
  during: "compensating",
  withinMs: 350,
  ends: { status: "failed", files: { kept: "kept\n=\n" } },
  check: (events) => {
    const begun = events.flatMap((event) => (event.type === "undo.started" ? [event.address] : []));
    const ended = events.flatMap((event) =>
      event.type === "node.ended" && event.address.endsWith("~undo") ? [`${event.address} ${event.end}`] : [],
    );
    const wanted = undone.toReversed();
    const good = wanted.map((address) => `${address}~undo verified`);
    return [...differ("undone", begun, wanted), ...differ("ended", ended, good)];
  },
};

const quotaMs = 1500;

/** Waits for a person, for a time, and for a quota, all at once. */
const parked: Scene = {
  files: {
    "workflow.json": {
      name: "parked",
      chain: [
        {
          name: "all",
          parallel: "all",
          steps: [
            { name: "sign", approval: "ship?", deadline: "1h" },
            { name: "nap", wait: "1500ms" },
            { name: "limited", agent: "mock", prompt: "write" },
          ],
        },
        { name: "done", run: "./work done 0 =" },
      ],
    },
    "mock.json": {
      rules: [{ step: "all/limited", attempt: 1, fail: { class: "quota", reset: `${quotaMs / 1000}s` } }],
    },
  },
  during: "waiting",
  withinMs: 400,
  ends: { status: "completed", files: { done: "done\n=\n" } },
  finish: async (project, { runId }) => {
    const { exitCode, stderr } = await runTutti(project, ["approve", runId, "all/sign", "--as", "ann"]);
    if (exitCode !== 0) throw new Error(`approve ended with ${exitCode}: ${stderr}`);
  },
  check: (events) => {
    const asked = startsOf(events, "all/limited");
    const answers = events.filter(({ type }) => type === "ask.answered").length;
    const early = (asked[1] ?? Number.POSITIVE_INFINITY) - (asked[0] ?? 0) < quotaMs;
    return [
      ...(asked.length === 2 && !early
        ? []
        : [`asked at ${asked.join(", ")}, the quota is over after ${quotaMs} ms`]),
      ...(answers === 1 ? [] : [`${answers} answers`]),
    ];
  },
};

export const scenes = { compensating, parked } as const satisfies Record<string, Scene>;

function differ(what: string, found: readonly string[], wanted: readonly string[]): readonly string[] {
  return found.join() === wanted.join() ? [] : [`${what}: ${found.join(", ")}; not ${wanted.join(", ")}`];
}

function startsOf(events: readonly Event[], address: string): readonly number[] {
  return events.flatMap((event) =>
    event.type === "attempt.started" && event.address === address ? [event.at] : [],
  );
}

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
  const life = startTutti(project, found ? ["resume", found.runId] : runArgs);
  if (random) await killWhenThere(life, { project, living, random });
  const { signal, stderr } = await life.ended;
  if (!found && !(await findRun(project))) throw new Error(`there is no run: ${stderr}`);
  return signal === "SIGKILL";
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
  while (!over.signal.aborted && !isThere(await findRun(project), { scene, before })) await sleep(10);
  await sleep(random.between(0, scene.withinMs), undefined, { signal: over.signal }).catch(() => {});
  life.kill("SIGKILL");
}

/** It came to the state since this process drives it. */
function isThere(
  found: Found | undefined,
  { scene, before }: { readonly scene: Scene; readonly before: number },
): boolean {
  const last = found?.events.slice(before).findLast(({ type }) => type === "run.status");
  return last?.type === "run.status" && last.to === scene.during;
}

function isOver(found: Found | undefined): boolean {
  return found?.status === "failed" || found?.status === "completed" || found?.status === "cancelled";
}

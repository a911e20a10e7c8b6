import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runTutti, startTutti, type Ended } from "./binary.ts";
import { findRun } from "./evidence.ts";
import { makeProject, type Project } from "./project.ts";
import { createRandom, type Random } from "./random.ts";

/**
 * Steps that append to files, so that one which is done twice, or goes on after half of it, is seen: one after another, side by
 * side in trees of their own, and two of them at the same file, which cannot both land as they are.
 */
const workflow = {
  name: "trees",
  workspace: "run",
  chain: [
    { name: "first", run: twice("story", "first") },
    {
      name: "both",
      parallel: "all",
      steps: [
        { name: "left", run: twice("left", "left"), writes: ["left"] },
        { name: "right", agent: "mock", prompt: "write right" },
        { name: "a", run: `${twice("a", "a")}; echo a >> shared`, writes: ["a"] },
        { name: "b", run: `${twice("b", "b")}; echo b >> shared`, writes: ["b"] },
      ],
    },
    { name: "last", run: "cat left right a b >> story; sleep 0.1; sort shared >> story" },
  ],
};
const mock = { rules: [{ step: "both/right", delay: "200ms", files: { right: "right\n" } }] };

function twice(file: string, line: string): string {
  return `echo ${line} >> ${file}; sleep 0.15; echo ${line} again >> ${file}`;
}

const story = "first\nfirst again\nleft\nleft again\nright\na\na again\nb\nb again\na\nb\n";

export interface TreesEnd {
  readonly kills: number;
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

/** Runs it to its end and lands it, killing tutti with SIGKILL again and again at moments that the seed gives. */
export async function treesRound({
  seed,
  mostKills,
}: {
  readonly seed: number;
  readonly mostKills: number;
}): Promise<TreesEnd> {
  const random = createRandom(seed);
  const project = makeProject({ "workflow.json": workflow, "mock.json": mock });
  git(project, "config", "user.name", "crash");
  git(project, "config", "user.email", "crash@localhost");
  const killer = { project, random, left: mostKills, kills: 0 };
  const before = checkoutOf(project);
  const faults: string[] = [];
  await toItsEnd(killer, faults);
  if (faults.length === 0) {
    if (checkoutOf(project) !== before) faults.push("the user's checkout is another than before");
    faults.push(...treeFaults(project, await runIdOf(project)));
  }
  if (faults.length === 0) {
    killer.left = Math.ceil(mostKills / 2);
    await landed(killer, faults);
  }
  if (faults.length === 0) rmSync(project.folder, { recursive: true, force: true });
  return { kills: killer.kills, faults, folder: project.folder };
}

interface Killer {
  readonly project: Project;
  readonly random: Random;
  left: number;
  kills: number;
}

async function toItsEnd(killer: Killer, faults: string[]): Promise<void> {
  for (let life = 1; life < 60; life += 1) {
    const found = await findRun(killer.project);
    if (found?.status === "completed") return;
    const args = found
      ? ["resume", found.runId, "--mock", "mock.json"]
      : ["run", "workflow.json", "--mock", "mock.json"];
    const { exitCode, signal, stderr } = await oneLife(killer, args, 900);
    if (exitCode === 0) return;
    if (signal !== "SIGKILL") return void faults.push(`${args[0]} ended with ${exitCode}: ${stderr}`);
  }
  faults.push("it does not come to its end");
}

async function landed(killer: Killer, faults: string[]): Promise<void> {
  const { project } = killer;
  const head = git(project, "rev-parse", "HEAD");
  for (let life = 1; life < 40; life += 1) {
    const { exitCode, signal, stderr } = await oneLife(killer, ["land", "@last", "--yes"], 400);
    if (exitCode === 0) {
      const count = git(project, "rev-list", "--count", `${head}..HEAD`);
      if (count !== "1") faults.push(`it landed as ${count} commits`);
      if (git(project, "status", "--porcelain") !== "")
        faults.push("something is left that is not committed");
      const lies = readFileSync(join(project.folder, "story"), "utf8");
      if (lies !== story) faults.push(`story holds after landing: ${JSON.stringify(lies)}`);
      return;
    }
    if (signal !== "SIGKILL") return void faults.push(`land ended with ${exitCode}: ${stderr}`);
  }
  faults.push("it does not land");
}

async function oneLife(killer: Killer, args: readonly string[], withinMs: number): Promise<Ended> {
  const { project, random } = killer;
  if (killer.left <= 0) return runTutti(project, args);
  const life = startTutti(project, args);
  const over = await Promise.race([life.ended, sleep(random.between(50, withinMs))]);
  if (over) return over;
  life.kill("SIGKILL");
  killer.left -= 1;
  const ended = await life.ended;
  if (ended.signal === "SIGKILL") killer.kills += 1;
  return ended;
}

async function runIdOf(project: Project): Promise<string> {
  return (await findRun(project))?.runId ?? "";
}

/** What is wrong with what the run kept. */
function treeFaults(project: Project, runId: string): readonly string[] {
  const faults: string[] = [];
  const kept = git(project, "show", `refs/tutti/${runId}/run:story`);
  if (`${kept}\n` !== story) faults.push(`story holds: ${JSON.stringify(kept)}`);
  for (const file of ["left", "right", "a", "b", "shared"])
    if (existsSync(join(project.folder, file))) faults.push(`${file} lies in the user's checkout`);
  const found = git(project, "fsck", "--strict", "--no-dangling", "--no-progress");
  if (found !== "") faults.push(`git fsck says: ${found}`);
  return faults;
}

/** All that is the user's: files, index, HEAD, branches, configuration. */
function checkoutOf(project: Project): string {
  return [
    git(project, "status", "--porcelain=v2", "--branch"),
    git(project, "ls-files", "--stage"),
    git(
      project,
      "for-each-ref",
      "--format=%(refname) %(objectname)",
      "refs/heads",
      "refs/tags",
      "refs/stash",
    ),
    readFileSync(join(project.folder, ".git", "config"), "utf8"),
    readFileSync(join(project.folder, "workflow.json"), "utf8"),
  ].join("\n");
}

function git({ folder }: Project, ...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trimEnd();
}

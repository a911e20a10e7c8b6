import { execFileSync } from "node:child_process";
import { appendFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createProcesses } from "../../src/processes/supervisor.ts";
import { createRealClock } from "../../src/runtimes/real-clock.ts";
import type { Workspace } from "../../src/ports/workspaces.ts";
import { createGitWorkspaces } from "../../src/workspace/git/workspaces.ts";
import { figureOf } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { ratiosToNeighbours, summarize } from "../samples.ts";

const folders = 200;
const filesInEach = 100;
const checkpoints = 100;
const warmUps = 5;
const { signal } = new AbortController();
const note = { kind: "WORKFLOW-STEP", what: "completed", node: "n" } as const;

/** Checkpoints of a repository of 20,000 files, one file changed in each, between calls of `git status`. */
export const measureCheckpoints: MeasurePart = async ({ dir, tell }) => {
  const project = join(dir, "project");
  tell(`making a repository of ${folders * filesInEach} files`);
  await makeProject(project);
  const tree = await openTree(project);
  const before = await bytesIn(join(project, ".git"));
  const ours: number[] = [];
  const raw: number[] = [];
  for (let round = -warmUps; round < checkpoints; round += 1) {
    await appendFile(join(tree.cwd, fileNamed(Math.abs(round) * 37)), `${round}\n`);
    const rawMs = await timed(async () => git(project, "status", "--porcelain"));
    const oursMs = await timed(() => tree.save(note, signal));
    if (round < 0) continue;
    raw.push(rawMs);
    ours.push(oursMs);
    if (round % 25 === 0) tell(`checkpoint ${round} of ${checkpoints}`);
  }
  raw.push(await timed(async () => git(project, "status", "--porcelain")));
  const grownMb = ((await bytesIn(join(project, ".git"))) - before) / 2 ** 20;
  return {
    figures: [
      figureOf("checkpoints.ms", {
        samples: summarize(ours),
        unit: "ms",
        note: `one of ${checkpoints}, of a tree of ${folders * filesInEach} files`,
      }),
      figureOf("checkpoints.status_ms", { samples: summarize(raw), unit: "ms", note: "git status there" }),
      figureOf("checkpoints.status_ratio", {
        samples: summarize(ratiosToNeighbours(ours, raw)),
        unit: "ratio",
        target: { atMost: 1.5 },
        note: "to the git status before and after it",
      }),
      {
        name: "checkpoints.grown_mb",
        value: grownMb,
        unit: "MB",
        target: { atMost: 4 },
        note: `the repository after ${checkpoints + warmUps} checkpoints of one changed file each`,
      },
    ],
  };
};

function fileNamed(index: number): string {
  return join(`folder${index % folders}`, `file${Math.floor(index / folders) % filesInEach}.txt`);
}

async function makeProject(project: string): Promise<void> {
  await mkdir(project);
  git(project, "init", "--quiet");
  git(project, "config", "gc.auto", "0");
  await writeFile(join(project, ".gitignore"), ".tutti\n");
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(project, `folder${folder}`);
    await mkdir(path);
    const line = `a line of folder ${folder}, as long as lines of programs are\n`;
    for (let file = 0; file < filesInEach; file += 1)
      await writeFile(join(path, `file${file}.txt`), `${file}\n${line.repeat(20)}`);
  }
  git(project, "add", "--all");
  git(
    project,
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@localhost",
    "commit",
    "--quiet",
    "-m",
    "first",
  );
  git(project, "gc", "--quiet");
  // Files as young as the index that knows them are read anew by every status.
  await wait(1100);
  git(project, "update-index", "--refresh", "--really-refresh", "-q");
}

async function openTree(projectDir: string): Promise<Workspace> {
  const driver = createGitWorkspaces({
    projectDir,
    stateDir: join(projectDir, ".tutti"),
    clock: createRealClock(),
    env: process.env,
    ready: {
      processes: createProcesses(),
      env: {},
      shell: (line) => ({ file: "/bin/sh", args: ["-c", line] }),
    },
  });
  const mode = "shared";
  const { commit: from } = await driver.base({ runId: "bench", name: "bench", mode, setup: {} }, signal);
  const place = { runId: "bench", lane: "" };
  return driver.open({ mode, place, from, setup: {}, print: () => {} }, signal);
}

function git(cwd: string, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd, stdio: "ignore" });
}

async function timed(job: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await job();
  return performance.now() - start;
}

/** What the files below take of the disk. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries)
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).blocks * 512;
  return bytes;
}

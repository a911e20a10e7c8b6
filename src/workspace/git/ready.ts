import { existsSync } from "node:fs";
import { join } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import { isTuttiError, messageOf, TuttiError } from "../../errors.ts";
import type { InstallSetup, TreeSetup } from "../../language/workspace.ts";
import type { Processes, ProcessResult } from "../../ports/processes.ts";
import { copyIgnored, ignored, named, namesIn } from "./copies.ts";
import type { GitCall } from "./git.ts";
import { install } from "./installs.ts";
import { portVariables, takePorts } from "./ports.ts";
import type { PlaceFiles } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { readTreeFile, updateTreeFile } from "./tree-file.ts";

/** What making trees ready works with, whichever tree it is. */
export interface ReadyParts {
  readonly stateDir: string;
  readonly processes: Processes;
  /** Environment of the install. */
  readonly env: Readonly<Record<string, string>>;
  /** The program that reads a shell line. */
  readonly shell: (line: string) => { readonly file: string; readonly args: readonly string[] };
}

export interface ReadyRequest {
  readonly repository: Repository;
  readonly place: WorkPlace;
  readonly files: PlaceFiles;
  readonly setup: TreeSetup;
  readonly print: (line: string) => void;
  /** Runs the install, and sees to what it leaves; `isNew`: nobody has worked in the tree yet. */
  readonly apart?: (install: () => Promise<void>, how: { readonly isNew: boolean }) => Promise<void>;
}

/** Longer takes an install that hangs. */
const installTimeoutMs = 20 * 60 * 1000;
const keepBytes = 64 * 1024;
const shownLines = 20;

/**
 * Makes a tree of tutti's own ready for work, where it is not yet: files that git ignores, what has to be installed. What an earlier call
 * left half done is done again. Gives the environment of everything that works in it, its ports too.
 */
export async function makeReady(
  parts: ReadyParts,
  request: ReadyRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { place, files, setup, apart = (job) => job() } = request;
  const env = await treeEnvironment(parts, { place, setup, dir: files.dir }, signal);
  const before = readTreeFile(files.record)?.ready;
  const wanted = JSON.stringify({ copy: setup.copy ?? [], install: setup.install ?? null });
  if (before === wanted) return env;
  try {
    const isNew = before === undefined;
    await copyFiles(parts, { request, isFirst: isNew }, signal);
    const { install: line } = setup;
    if (line) await apart(() => installIn(parts, { request, env, setup: line }, signal), { isNew });
    updateTreeFile(files.record, place, { ready: wanted });
  } catch (error) {
    throw notReady(error, files.dir, signal);
  }
  return env;
}

/** What programs in a tree get besides; also where they work in the project's own folder. */
export async function treeEnvironment(
  { stateDir }: Pick<ReadyParts, "stateDir">,
  { place, setup, dir }: { readonly place: WorkPlace; readonly setup: TreeSetup; readonly dir: string },
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { ports = 0, env = {} } = setup;
  if (ports === 0) return env;
  try {
    const first = await takePorts({ stateDir, place, dir, count: ports }, signal);
    return { ...env, ...portVariables(first, ports) };
  } catch (error) {
    throw notReady(error, dir, signal);
  }
}

async function copyFiles(
  { stateDir }: ReadyParts,
  { request, isFirst }: { readonly request: ReadyRequest; readonly isFirst: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { repository, files, setup, print } = request;
  const { dir, index } = files;
  const patterns = setup.copy ?? [];
  await copyIgnored(
    // Until a tree has been ready nobody has worked in it: what lies there is what a cut-off call left.
    { repository, dir, index, leaveOut: [stateDir, dir], patterns, replace: isFirst, print },
    signal,
  );
}

interface Installing {
  readonly request: ReadyRequest;
  readonly env: Readonly<Record<string, string>>;
  readonly setup: InstallSetup;
}

async function installIn(parts: ReadyParts, installing: Installing, signal: AbortSignal): Promise<void> {
  const { request, setup } = installing;
  const { repository, files, print } = request;
  const cwd = join(files.dir, repository.prefix);
  if (!existsSync(cwd)) return print(`not installed: the tree has no folder ${repository.prefix}`);
  const call: GitCall = { signal, cwd: files.dir, workTree: files.dir, index: files.index };
  const inTree = { repository, call };
  await install(
    {
      setup,
      cwd,
      stateDir: parts.stateDir,
      print,
      surroundings: () => surroundings(parts, { ...installing, cwd }, signal),
      run: () => runInstall(parts, { ...installing, cwd }, signal),
      ownFolders: (folders) => ownFolders(inTree, folders),
      changes: () => changes(inTree),
    },
    signal,
  );
}

type Run = Installing & { readonly cwd: string };

async function runInstall(parts: ReadyParts, run: Run, signal: AbortSignal): Promise<void> {
  const { setup, request, cwd } = run;
  const { print } = request;
  const timeoutMs = setup.timeoutMs ?? installTimeoutMs;
  print(`installs: ${setup.line}`);
  const result = await parts.processes.run({
    ...parts.shell(setup.line),
    cwd,
    env: environmentOf(parts, run),
    signal,
    timeoutMs,
    keepBytes,
    onLine: print,
  });
  signal.throwIfAborted();
  const why = whyNot(result, timeoutMs);
  if (why === undefined) return;
  throw new TuttiError(
    "WORKSPACE_NOT_READY",
    `Cannot make the working tree "${request.files.dir}" ready: the install "${setup.line}" ${why}${said(result)}`,
    { fix: fixOf(result, cwd) },
  );
}

function environmentOf({ env }: ReadyParts, { env: ofTree, request }: Run): Record<string, string> {
  return { ...env, ...ofTree, TUTTI_RUN: request.place.runId };
}

function whyNot(result: ProcessResult, timeoutMs: number): string | undefined {
  switch (result.ended) {
    case "exit":
      return result.exitCode === 0 ? undefined : `ended with exit status ${result.exitCode}`;
    case "signal":
      return `was killed by ${result.signal}`;
    case "timeout":
    case "idle":
      return `did not end within ${timeoutMs / 1000} s`;
    case "aborted":
      return "was stopped";
    case "error":
      return `could not be started: ${result.error ?? "unknown"}`;
  }
}

function said({ stdout, stderr }: ProcessResult): string {
  const text = stderr.trim() === "" ? stdout : stderr;
  const lines = text.trimEnd().split("\n").slice(-shownLines).join("\n");
  return lines === "" ? "" : `:\n${lines}`;
}

function fixOf({ ended, stderr }: ProcessResult, cwd: string): string {
  if (isFull(stderr)) return "make room on the disk, then go on with tutti resume";
  const again = `try it in ${cwd}, then go on with tutti resume`;
  return ended === "timeout" ? `${again}; if it takes so long, give it more: install: {timeout: 1h}` : again;
}

/** The environment, and the Node that the install would find: that need not be tutti's own, and native modules fit only one. */
async function surroundings(parts: ReadyParts, run: Run, signal: AbortSignal): Promise<readonly string[]> {
  const found = await parts.processes.run({
    file: "node",
    args: ["--version"],
    cwd: run.cwd,
    env: environmentOf(parts, run),
    signal,
    timeoutMs: 10_000,
    keepBytes: 1024,
  });
  signal.throwIfAborted();
  const env = Object.entries(run.request.setup.env ?? {}).map(([name, value]) => `${name}=${value}`);
  return [found.ended === "exit" ? found.stdout.trim() : "no node", ...env.sort()];
}

interface InTree {
  readonly repository: Repository;
  readonly call: GitCall;
}

async function ownFolders(
  { repository, call }: InTree,
  folders: readonly string[],
): Promise<readonly string[]> {
  const inRepository = new Map(folders.map((name) => [name, join(repository.prefix, name)]));
  // A folder that is not there yet is known by what would lie in it.
  const inside = [...inRepository.values()].map((path) => `${path}/x`);
  const ignoring = await ignored(repository, { paths: inside, call });
  const own: string[] = [];
  for (const [name, path] of inRepository) {
    if (!ignoring.has(`${path}/x`)) continue;
    const tracked = await repository.git.run(["ls-files", "-z", "--", `:(top,literal)${path}`], call);
    if (tracked.stdout.length === 0) own.push(name);
  }
  return own;
}

/** Against the private index: what is checked out in the project is another matter. */
async function changes({ repository, call }: InTree): Promise<readonly string[]> {
  const { stdout } = await repository.git.run(["status", "--porcelain", "-z", "--no-renames"], call);
  const changed = namesIn(stdout).filter((entry) => entry.charAt(1) !== " ");
  return changed.length === 0 ? [] : [named(changed.map((entry) => entry.slice(3)))];
}

function notReady(error: unknown, dir: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isTuttiError(error)) return error;
  const why = isFull(messageOf(error)) ? "the disk is full" : messageOf(error);
  const fix = isFull(messageOf(error)) ? "make room on the disk" : "see that tutti may read and write there";
  return new TuttiError("WORKSPACE_NOT_READY", `Cannot make the working tree "${dir}" ready: ${why}`, {
    fix: `${fix}, then go on with tutti resume`,
    cause: error,
  });
}

function isFull(text: string): boolean {
  return /ENOSPC|EDQUOT|[Nn]o space left|quota exceeded/i.test(text);
}

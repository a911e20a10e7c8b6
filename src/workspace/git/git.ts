import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { TuttiError } from "../../errors.ts";
import { type ProgramEnd, type ProgramInput, runProgram } from "./run-program.ts";

export interface GitCall {
  readonly signal: AbortSignal;
  /** Default: the folder that the repository belongs to. */
  readonly cwd?: string;
  readonly input?: ProgramInput;
  /** The index to work with; never the user's. */
  readonly index?: string;
  /** The working tree that is meant. */
  readonly workTree?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Settings for this call, `name=value`. */
  readonly config?: readonly string[];
  /** In the user's name, as git takes it from their settings and environment. */
  readonly asUser?: true;
  /** Exit codes that are an answer; default: 0 only. Every other one is thrown. */
  readonly ok?: readonly number[];
}

export type GitResult = ProgramEnd;

/** Runs git: no shell, no hooks, no signing, nothing of the caller's own git environment. */
export interface Git {
  run(args: readonly string[], call: GitCall): Promise<GitResult>;
  /** What it prints, without the line end. */
  line(args: readonly string[], call: GitCall): Promise<string>;
}

export interface GitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it is started when a call says nothing else. */
  readonly cwd: string;
  /** The repository; absent: git looks for one. */
  readonly gitDir?: string;
  readonly workTree?: string;
  /** Settings of every call, `name=value`. */
  readonly config?: readonly string[];
}

const settings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "core.safecrlf=false",
  "core.logAllRefUpdates=false",
  "core.quotePath=true",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "index.sparse=false",
  "advice.addEmbeddedRepo=false",
  "i18n.commitEncoding=UTF-8",
  "i18n.logOutputEncoding=UTF-8",
];

/** Commits that tutti makes for itself are nobody else's. */
const identity = {
  GIT_AUTHOR_NAME: "tutti",
  GIT_AUTHOR_EMAIL: "tutti@localhost",
  GIT_COMMITTER_NAME: "tutti",
  GIT_COMMITTER_EMAIL: "tutti@localhost",
};

export function createGit(options: GitOptions): Git {
  const bound: GitOptions = { ...options, env: withoutGit(options.env) };
  return {
    run: (args, call) => runGit(bound, args, call),
    async line(args, call) {
      const { stdout } = await runGit(bound, args, call);
      return stdout.toString("utf8").replace(/\n$/, "");
    },
  };
}

/** What `git rev-parse --local-env-vars` lists and more: only who the user is, and the ways to configuration and to programs, stay. */
export function withoutGit(env: GitOptions["env"]): Record<string, string> {
  const kept =
    /^GIT_((AUTHOR|COMMITTER)_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|(KEY|VALUE)_\d+)|SSH|SSH_COMMAND|ASKPASS|EXEC_PATH|TEMPLATE_DIR|TRACE.*)$/;
  return Object.fromEntries(
    Object.entries(env).filter(
      (pair): pair is [string, string] =>
        pair[1] !== undefined && (!pair[0].startsWith("GIT_") || kept.test(pair[0])),
    ),
  );
}

function environmentOf(options: GitOptions, call: GitCall): Record<string, string> {
  const workTree = call.workTree ?? options.workTree;
  return {
    ...(options.env as Record<string, string>),
    ...(call.asUser ? {} : identity),
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "0",
    GIT_PAGER: "cat",
    ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
    ...(options.gitDir === undefined || workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(call.index === undefined ? {} : { GIT_INDEX_FILE: call.index }),
    ...call.env,
  };
}

async function runGit(options: GitOptions, args: readonly string[], call: GitCall): Promise<GitResult> {
  const { signal, ok = [0] } = call;
  for (let tries = 1; ; tries += 1) {
    const ended = await runOnce(options, args, call);
    const isUnfinished = unfinished.test(ended.stderr);
    if (ok.includes(ended.exitCode) && !isUnfinished) return ended;
    if (tries === maxTries || !isUnfinished) throw failed(args, ended);
    await wait(unfinishedMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function runOnce(options: GitOptions, args: readonly string[], call: GitCall): Promise<GitResult> {
  const config = [...settings, ...(options.config ?? []), ...(call.config ?? [])];
  try {
    return await runProgram("git", [...config.flatMap((set) => ["-c", set]), ...args], {
      cwd: call.cwd ?? call.workTree ?? options.cwd,
      env: environmentOf(options, call),
      input: call.input,
      signal: call.signal,
    });
  } catch (error) {
    call.signal.throwIfAborted();
    throw notStarted(error as Error, call.cwd ?? call.workTree ?? options.cwd);
  }
}

/**
 * What git says, before it does anything, when another is just making a working tree in the repository and has not written all
 * that belongs to it, or has just taken the last one away and the folder of them.
 */
const unfinished =
  /^fatal: (failed to read .*\/worktrees\/.*\/commondir|could not create (leading directories|directory) of '.*\bworktrees\/.*No such file or directory)/m;
const unfinishedMs = 20;
const maxTries = 500;

function notStarted(error: Error, dir: string): TuttiError {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  if (missing && !existsSync(dir))
    return new TuttiError("WORKSPACE_UNFIT", `Cannot run "git": the folder is gone: "${dir}"`, {
      fix: "see who took it away, then go on with tutti resume: a working tree of a run is made again",
      cause: error,
    });
  const why = missing ? "the program git was not found" : error.message;
  return new TuttiError("WORKSPACE_UNFIT", `Cannot run "git": ${why}`, {
    fix: "install git (2.38 or newer) and see that it is on PATH; or write `workspace: none`",
    cause: error,
  });
}

function failed(args: readonly string[], { exitCode, stderr }: GitResult): TuttiError {
  const name = args.find((arg) => !arg.startsWith("-")) ?? "";
  const lines = lastWords(stderr).join("\n");
  return new TuttiError(
    "WORKSPACE_UNFIT",
    `Cannot run "git ${name}": ${lines === "" ? `it ended with ${exitCode < 0 ? "a signal" : exitCode}` : lines}`,
    { fix: fixFor(stderr) },
  );
}

const mostLines = 6;

/** The last lines; where what git says at last is longer, from its beginning: there it names the file. */
function lastWords(stderr: string): readonly string[] {
  const lines = stderr
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const said = lines.findLastIndex((line) => /^(fatal|error): /.test(line));
  const from = Math.max(0, lines.length - mostLines);
  return lines.slice(said < 0 ? from : Math.min(from, said)).slice(0, mostLines);
}

/** Where nothing better is known. */
export const goOnFix = "see what git says about it, then go on with tutti resume";

function fixFor(stderr: string): string {
  if (stderr.includes("dubious ownership"))
    return "the repository belongs to somebody else: git config --global --add safe.directory PATH";
  if (/filter .*(failed|not found)|external filter/.test(stderr))
    return "install the program of the filter that .gitattributes names (for LFS: git lfs install)";
  if (/[Nn]o space left|ENOSPC/.test(stderr)) return "make room on the disk";
  if (/[Pp]ermission denied/.test(stderr)) return "let this user read and write the file";
  return goOnFix;
}

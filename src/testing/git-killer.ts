import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { plainGit } from "./scratch-repository.ts";
import { compileCache, keepModules } from "./testbed.ts";

/** At which call of git the process that makes it is killed; `beside`: git itself goes on. */
export interface GitKill {
  readonly at: number;
  readonly when: "before" | "beside" | "after";
}

const killer = `#!/bin/sh
echo $$ >> "$KILL_DIR/calls"
count=0
while read -r pid; do
  count=$((count + 1))
  [ "$pid" != $$ ] || break
done < "$KILL_DIR/calls"
if [ "$count" != "$KILL_AT" ]; then exec "$REAL_GIT" "$@"; fi
case $KILL_WHEN in
  before) kill -9 $PPID ;;
  beside) kill -9 $PPID; exec "$REAL_GIT" "$@" ;;
  after) "$REAL_GIT" "$@"; kill -9 $PPID ;;
esac
`;

export interface KilledStory {
  readonly args: readonly string[];
  readonly kill: GitKill;
  /** A call of git that was left may go on. */
  readonly leavesGit?: boolean;
}

export interface Killed {
  /** How often it called git: fewer than `at` when it was not killed. */
  readonly calls: number;
  /** Its standard output. */
  readonly said: string;
}

/**
 * Runs the text of a module in a process of its own that is killed at a call of git, and waits until nothing of it runs any more. Throws when
 * it fails by itself.
 */
export async function runKilled(
  story: string,
  { args, kill, leavesGit = false }: KilledStory,
): Promise<Killed> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "tutti-kill-")));
  try {
    mkdirSync(join(dir, "bin"));
    writeFileSync(join(dir, "bin/git"), killer);
    chmodSync(join(dir, "bin/git"), 0o755);
    writeFileSync(join(dir, "calls"), "");
    const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    const env = {
      ...plainGit,
      PATH: `${join(dir, "bin")}:${plainGit["PATH"]}`,
      KILL_DIR: dir,
      KILL_AT: String(kill.at),
      KILL_WHEN: kill.when,
      REAL_GIT: real,
      ...compileCache,
    };
    const told = spawnSync(process.execPath, ["--input-type=module", "-e", keepModules + story, ...args], {
      env,
      encoding: "utf8",
    });
    if (told.status !== null && told.status !== 0) throw new Error(told.stderr);
    const calls = readFileSync(join(dir, "calls"), "utf8").split("\n").filter(Boolean);
    if (!leavesGit) await Promise.all(calls.map(gone));
    return { said: told.stdout, calls: calls.length };
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function gone(pid: string): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await wait(5);
}

/** Every ninth call, each time others; `TUTTI_KILLS=1` takes all of them, which takes minutes. */
export function killsFrom(): { readonly first: number; readonly stride: number } {
  const stride = Number(process.env["TUTTI_KILLS"] ?? 9);
  return { stride, first: 1 + (Math.floor(Date.now() / 1000) % stride) };
}

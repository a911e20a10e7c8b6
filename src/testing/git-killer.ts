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

/** At which call of git the process that makes it is killed; `beside`: git itself goes on. */
export interface GitKill {
  readonly at: number;
  readonly when: "before" | "beside" | "after";
}

const killer = `#!/bin/sh
count=$(($(cat "$KILL_DIR/count") + 1))
echo "$count" > "$KILL_DIR/count"
if [ "$count" != "$KILL_AT" ]; then exec "$REAL_GIT" "$@"; fi
case $KILL_WHEN in
  before) kill -9 $PPID ;;
  beside) echo $$ > "$KILL_DIR/left"; kill -9 $PPID; exec "$REAL_GIT" "$@" ;;
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
    writeFileSync(join(dir, "count"), "0");
    const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    const env = {
      ...plainGit,
      PATH: `${join(dir, "bin")}:${plainGit["PATH"]}`,
      KILL_DIR: dir,
      KILL_AT: String(kill.at),
      KILL_WHEN: kill.when,
      REAL_GIT: real,
    };
    const told = spawnSync(process.execPath, ["--input-type=module", "-e", story, ...args], {
      env,
      encoding: "utf8",
    });
    if (told.status !== null && told.status !== 0) throw new Error(told.stderr);
    const left = join(dir, "left");
    if (!leavesGit && existsSync(left)) await gone(Number(readFileSync(left, "utf8")));
    return { said: told.stdout, calls: Number(readFileSync(join(dir, "count"), "utf8")) };
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await wait(5);
}

/** Every ninth call, each time others; `TUTTI_KILLS=1` takes all of them, which takes minutes. */
export function killsFrom(): { readonly first: number; readonly stride: number } {
  const stride = Number(process.env["TUTTI_KILLS"] ?? 9);
  return { stride, first: 1 + (Math.floor(Date.now() / 1000) % stride) };
}

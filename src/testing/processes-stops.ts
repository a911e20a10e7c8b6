import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isInstalled, lives, pidIn } from "./program-bench.ts";
import type { ProgramBench } from "./program-bench.ts";

/** The part of the contract of `Processes` that says what is stopped, and how. */
export function describeStops(bench: ProgramBench): void {
  describeStopping(bench);
  describeEscapes(bench);
  describeLeftovers(bench);
  describeKillMarked(bench);
}

function describeStopping({ spawned, path, shell }: ProgramBench): void {
  it("stops the program and its group on abort", async () => {
    const { pids, abort } = await spawned("sleep 600 & echo $! > child; echo $$ > root; wait", {
      files: ["child", "root"],
    });
    expect(await abort()).toMatchObject({ ended: "aborted", survivors: [] });
    expect(pids.filter(lives)).toEqual([]);
  });

  it("lets a program clean up after TERM", async () => {
    const line = `trap 'echo bye; echo done > "${path("cleaned")}"; exit 0' TERM; echo $$ > root; while :; do sleep 0.05; done`;
    const { abort } = await spawned(line, { files: ["root"], command: { graceMs: 10_000 } });
    const result = await abort();
    expect(result).toMatchObject({ ended: "aborted", stdout: "bye\n", survivors: [] });
    expect(result.durationMs).toBeLessThan(9000);
    expect(readFileSync(path("cleaned"), "utf8")).toBe("done\n");
  });

  it("sends TERM once", async () => {
    const line = "trap 'echo term' TERM; echo $$ > root; while :; do sleep 0.02; done";
    const { abort } = await spawned(line, { files: ["root"], command: { graceMs: 500 } });
    expect((await abort()).stdout).toBe("term\n");
  });

  it("kills what ignores TERM after the grace time", async () => {
    const line = "trap '' TERM; echo $$ > root; while :; do sleep 0.05; done";
    const { pids, abort } = await spawned(line, { files: ["root"], command: { graceMs: 300 } });
    const askedAt = performance.now();
    expect(await abort()).toMatchObject({ ended: "aborted", signal: "SIGKILL", survivors: [] });
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(290);
    expect(pids.filter(lives)).toEqual([]);
  });

  it("stops a program that is itself stopped", async () => {
    const { pids, abort } = await spawned("echo $$ > root; kill -STOP $$; sleep 600", { files: ["root"] });
    expect(await abort()).toMatchObject({ ended: "aborted", survivors: [] });
    expect(pids.filter(lives)).toEqual([]);
  });

  it("stops one that goes on forking while it is stopped", async () => {
    const line = `trap '' TERM; echo $$ > root; while :; do (trap '' TERM; sleep 600) & sleep 0.01; done`;
    const { pids, abort } = await spawned(line, { files: ["root"], command: { graceMs: 200 } });
    expect(await abort()).toMatchObject({ ended: "aborted", survivors: [] });
    expect(pids.filter(lives)).toEqual([]);
  });

  it("stops a program that prints without end", async () => {
    const result = await shell("yes", { timeoutMs: 300, graceMs: 200, keepBytes: 1024 });
    expect(result).toMatchObject({ ended: "timeout", survivors: [] });
    expect(result.stdoutBytes).toBeGreaterThan(1024);
  });
}

/** Ways to leave a group, a session, a parent; each line writes the pid of what it left to the file `child`. */
const escapes: Readonly<Record<string, { readonly needs: string; readonly line: string }>> = {
  "a new session": { needs: "setsid", line: `setsid sh -c 'echo $$ > child; exec sleep 600' & wait` },
  "nohup in a new session": {
    needs: "setsid",
    line: `setsid nohup sh -c 'echo $$ > child; exec sleep 600' > /dev/null 2>&1 & wait`,
  },
  "a double fork in the shell": { needs: "sh", line: `(sleep 600 & echo $! > child) & wait; sleep 600` },
  "a double fork into a new session": {
    needs: "setsid",
    line: `(setsid sh -c 'sleep 600 & echo $! > child' &) ; sleep 600`,
  },
  "a daemon in perl": {
    needs: "perl",
    line: `perl -e 'use POSIX; exit 0 if fork; POSIX::setsid(); exit 0 if fork; open(F, ">", "child"); print F "$$\\n"; close F; sleep 600'; sleep 600`,
  },
  "a daemon in python": {
    needs: "python3",
    line: `python3 -c 'import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
with open("child.new", "w") as f: f.write(str(os.getpid()) + "\\n")
os.rename("child.new", "child")
time.sleep(600)'; sleep 600`,
  },
  "an overwritten environment below its parent": {
    needs: "perl",
    line: `perl -e 'use POSIX; POSIX::setsid(); $0 = "x" x 4000; open(F, ">", "child"); print F "$$\\n"; close F; sleep 600' & wait`,
  },
  "an emptied environment below its parent": {
    needs: "setsid",
    line: `env -i PATH="$PATH" setsid sh -c 'echo $$ > child; exec sleep 600' & wait`,
  },
  "an emptied environment and a group of its own, orphaned": {
    needs: "bash",
    line: `bash -c 'set -m; env -i PATH="$PATH" sh -c "echo \\$\\$ > child; exec sleep 600" & disown'; sleep 600`,
  },
};

function describeEscapes({ spawned }: ProgramBench): void {
  describe("stops every descendant, also one that left", () => {
    for (const [name, { needs, line }] of Object.entries(escapes)) {
      it.skipIf(!isInstalled(needs))(`by ${name}`, async () => {
        const { pids, abort } = await spawned(line, { files: ["child"] });
        expect(pids.filter(lives)).toEqual(pids);
        expect(await abort()).toMatchObject({ ended: "aborted", survivors: [] });
        expect(pids.filter(lives)).toEqual([]);
      });
    }
  });
}

function describeLeftovers({ shell, path }: ProgramBench): void {
  it("does not wait for a grandchild that keeps the output open, and stops it", async () => {
    const result = await shell(`sleep 600 & echo $! > "${path("kept-open")}"; echo done`);
    expect(result).toMatchObject({ ended: "exit", exitCode: 0, stdout: "done\n", survivors: [] });
    expect(result.durationMs).toBeLessThan(6000);
    expect(lives(await pidIn(path("kept-open")))).toBe(false);
  });

  it("stops what a program left in the background without its output", async () => {
    const line = `sleep 600 > /dev/null 2>&1 & echo $! > "${path("background")}"`;
    expect(await shell(line)).toMatchObject({ ended: "exit", exitCode: 0, survivors: [] });
    expect(lives(await pidIn(path("background")))).toBe(false);
  });

  it("lets what was left end by itself for a moment, and takes its last words", async () => {
    const result = await shell("(sleep 0.2; echo late) & echo early");
    expect(result).toMatchObject({ ended: "exit", stdout: "early\nlate\n" });
  });

  it("does not wait for a background program that prints without end", async () => {
    const result = await shell("yes & echo $!", { keepBytes: 1000 });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0, survivors: [] });
    expect(result.durationMs).toBeLessThan(10_000);
  });
}

function describeKillMarked({ processes, spawned }: ProgramBench): void {
  it("kills what carries a mark, whoever started it, and nothing else", async () => {
    const value = `run-${process.pid}-${Date.now()}`;
    const env = { PATH: process.env["PATH"] ?? "" };
    const stranger = spawn("sleep", ["600"], {
      env: { ...env, TUTTI_RUN: value },
      detached: true,
      stdio: "ignore",
    });
    const other = spawn("sleep", ["600"], { env: { ...env, TUTTI_RUN: `${value}0` }, stdio: "ignore" });
    const mine = await spawned("sleep 600 & echo $! > child; wait", {
      files: ["child"],
      command: { env: { ...env, TUTTI_RUN: value } },
    });
    const killed = await processes().killMarked("TUTTI_RUN", value);
    expect(killed.found).toBeGreaterThanOrEqual(3);
    expect(killed.survivors).toEqual([]);
    expect([stranger.pid ?? 0, ...mine.pids].filter(lives)).toEqual([]);
    expect(lives(other.pid ?? 0)).toBe(true);
    other.kill("SIGKILL");
    expect((await mine.abort()).ended).toBe("signal");
  });

  it("finds nothing when nothing carries the mark", async () => {
    expect(await processes().killMarked("TUTTI_RUN", "no-such-run")).toEqual({ found: 0, survivors: [] });
  });
}

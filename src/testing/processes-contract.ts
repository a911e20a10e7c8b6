import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeStops } from "./processes-stops.ts";
import { createProgramBench } from "./program-bench.ts";
import type { ProgramBench } from "./program-bench.ts";
import type { ProcessCommand, Processes, ProcessResult } from "../ports/processes.ts";

/** What every driver of `Processes` does. Runs real programs (`sh`; others where they are installed). */
export function describeProcessesContract(name: string, factory: () => Processes): void {
  describe(`${name} keeps the contract of Processes`, () => {
    const bench = createProgramBench(factory);
    beforeAll(bench.open);
    afterAll(bench.close);
    describeStart(bench);
    describeEnding(bench);
    describeLines(bench);
    describeCaps(bench);
    describeStops(bench);
  });
}

function describeStart({ processes, shell, path }: ProgramBench): void {
  it("runs a program in a process group of its own", async () => {
    const { stdout } = await shell("echo $$; ps -o pgid= -p $$");
    const [pid, group] = stdout.trim().split(/\s+/);
    expect(group).toBe(pid);
  });

  it("gives the program the environment it was told to, and no more than marks on top", async () => {
    const { stdout } = await shell("env", { env: { TUTTI_RUN: "r1", PATH: process.env["PATH"] ?? "" } });
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    expect(stdout).toContain("TUTTI_RUN=r1\n");
    expect(
      names.filter(
        (entry) => !["PATH", "PWD", "_", "SHLVL", "OLDPWD"].includes(entry) && !entry.startsWith("TUTTI_"),
      ),
    ).toEqual([]);
  });

  it("hands over standard input, and an empty one when none is given", async () => {
    expect((await shell("cat", { input: "grüße\n" })).stdout).toBe("grüße\n");
    expect(await shell("cat")).toMatchObject({ ended: "exit", exitCode: 0, stdout: "" });
  });

  it("does not mind a program that reads only a part of its input", async () => {
    const result = await shell("head -c 1", { input: "x".repeat(5_000_000) });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0, stdout: "x" });
  });

  it("hands over input as it comes, and takes bytes back, so that one can talk with a program", async () => {
    const words = ["one\n", `${"x".repeat(200_000)}\n`, "three\n"];
    const heard: string[] = [];
    const answers = { length: 0, heard: Promise.withResolvers<void>() };
    async function* talk(): AsyncGenerator<string> {
      let said = 0;
      for (const word of words) {
        said += word.length;
        yield word;
        while (answers.length < said) await answers.heard.promise;
      }
    }
    const result = await shell("cat", {
      input: talk(),
      keepBytes: 1000,
      onBytes: (bytes) => {
        heard.push(Buffer.from(bytes).toString());
        answers.length += bytes.length;
        answers.heard.resolve();
        answers.heard = Promise.withResolvers();
      },
    });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0 });
    expect(heard.join("")).toBe(words.join(""));
  });

  it("ends although nobody ends its input, and tells the one who gives it", async () => {
    const over = Promise.withResolvers<void>();
    const input: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          over.resolve();
          return { done: true, value: undefined };
        },
      }),
    };
    expect(await shell("exit 3", { input })).toMatchObject({ ended: "exit", exitCode: 3 });
    await over.promise;
  });

  it("starts nothing when the signal aborted before", async () => {
    const result = await shell("touch started", { signal: AbortSignal.abort(new Error("no")) });
    expect(result.ended).toBe("aborted");
    expect(existsSync(path("started"))).toBe(false);
  });

  it("ends a program when the signal aborts while it is being started", async () => {
    const stop = new AbortController();
    const run = shell("sleep 300", { signal: stop.signal, timeoutMs: 10_000 });
    stop.abort(new Error("no"));
    expect((await run).ended).toBe("aborted");
  });

  it("resolves with an error that says why a program cannot be started", async () => {
    writeFileSync(path("plain.txt"), "no program");
    const start = (change: Partial<ProcessCommand>): Promise<ProcessResult> =>
      shell("true", { args: [], ...change });
    const error = async (change: Partial<ProcessCommand>): Promise<string | undefined> => {
      const result = await start(change);
      expect(result).toMatchObject({ ended: "error", exitCode: null, survivors: [] });
      return result.error;
    };
    expect(await error({ file: "no-such-program-here" })).toContain("found in PATH");
    expect(await error({ file: "/no/such/file" })).toContain("no such file");
    expect(await error({ file: path("plain.txt") })).toContain("chmod +x");
    expect(await error({ cwd: path("nowhere") })).toContain("does not exist");
    expect(await error({ cwd: path("plain.txt") })).toContain("not a directory");
    expect(await error({ args: ["x".repeat(4_000_000)] })).toContain("larger than the system allows");
    expect(await error({ args: ["a\0b"] })).toContain("NUL");
  });

  it("goes on after a program could not be started", async () => {
    await shell("true", { file: "/no/such/file" });
    expect((await shell("echo still here")).stdout).toBe("still here\n");
    expect(processes()).toBeDefined();
  });
}

function describeEnding({ shell }: ProgramBench): void {
  it("tells the exit code, standard output and standard error apart", async () => {
    const result = await shell("echo out; echo err >&2; exit 3");
    expect(result).toMatchObject({
      ended: "exit",
      exitCode: 3,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
      stdoutBytes: 4,
      survivors: [],
    });
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  it("tells the signal that ended a program", async () => {
    expect(await shell("kill -9 $$")).toMatchObject({ ended: "signal", exitCode: null, signal: "SIGKILL" });
  });

  it("ends a program at its timeout", async () => {
    const result = await shell("echo before; sleep 600", { timeoutMs: 300, graceMs: 200 });
    expect(result).toMatchObject({ ended: "timeout", stdout: "before\n", survivors: [] });
    expect(result.durationMs).toBeLessThan(5000);
  });

  it("ends a program that is silent for longer than its idle time, not one that goes on talking", async () => {
    const silent = await shell("echo a; sleep 600", { idleMs: 200, graceMs: 200 });
    expect(silent).toMatchObject({ ended: "idle", stdout: "a\n" });
    const talking = await shell("for i in 1 2 3 4 5 6 7 8; do echo $i >&2; sleep 0.1; done", { idleMs: 500 });
    expect(talking).toMatchObject({ ended: "exit", exitCode: 0 });
    expect(talking.durationMs).toBeGreaterThan(700);
  });

  it("keeps a timeout of more than 24 days from firing at once", async () => {
    const result = await shell("sleep 0.05", { timeoutMs: 2 ** 32, idleMs: 2 ** 32 });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0 });
  });

  it("reads on when a program closes its output and lives on", async () => {
    const result = await shell("exec >&- 2>&-; sleep 0.2; exit 7");
    expect(result).toMatchObject({ ended: "exit", exitCode: 7 });
    const killed = await shell("exec >&- 2>&-; sleep 600", { timeoutMs: 200, graceMs: 200 });
    expect(killed).toMatchObject({ ended: "timeout", survivors: [] });
  });
}

function describeLines({ shell }: ProgramBench): void {
  const linesOf = async (line: string): Promise<readonly string[]> => {
    const lines: string[] = [];
    await shell(line, { onLine: (text, stream) => lines.push(`${stream}: ${text}`) });
    return lines;
  };

  it("hands over lines as they come, without their ends, and the last one without a newline", async () => {
    expect(await linesOf("printf 'a\\r\\n\\nb\\nlast'")).toEqual([
      "stdout: a",
      "stdout: ",
      "stdout: b",
      "stdout: last",
    ]);
    expect(await linesOf("echo problem >&2")).toEqual(["stderr: problem"]);
  });

  it("turns bytes that are no UTF-8 into U+FFFD", async () => {
    expect(await linesOf("printf 'a\\377b\\n\\360\\237'")).toEqual(["stdout: a\ufffdb", "stdout: \ufffd"]);
    expect((await shell("printf 'a\\377b'")).stdout).toBe("a\ufffdb");
  });

  it("joins a character that comes in two chunks", async () => {
    const line = "printf '\\360\\237'; sleep 0.1; printf '\\222\\251\\n'";
    expect(await linesOf(line)).toEqual(["stdout: 💩"]);
    expect((await shell(line)).stdout).toBe("💩\n");
  });

  it("cuts a line that is longer than 64 KB", async () => {
    const lines = await linesOf("head -c 200000 /dev/zero | tr '\\0' x; echo; echo next");
    expect(lines).toHaveLength(2);
    expect(lines[0]?.length).toBeLessThan(66_000);
    expect(lines[0]?.endsWith("x…")).toBe(true);
    expect(lines[1]).toBe("stdout: next");
  });

  it("is not disturbed by a listener that throws", async () => {
    const result = await shell("echo a; echo b", {
      onLine: () => {
        throw new Error("broken view");
      },
    });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0, stdout: "a\nb\n" });
  });
}

function describeCaps({ shell }: ProgramBench): void {
  it("keeps the beginning and the end of a long output, with a line between them", async () => {
    const result = await shell("echo first; seq 100000; echo last", { keepBytes: 1000 });
    expect(result.stdoutBytes).toBe(588_906);
    expect(result.stdout.startsWith("first\n1\n2\n")).toBe(true);
    expect(result.stdout.endsWith("100000\nlast\n")).toBe(true);
    expect(result.stdout).toMatch(/\n… \d+ bytes left out …\n/);
    expect(Buffer.byteLength(result.stdout)).toBeLessThan(1100);
  });

  it("caps standard error as well", async () => {
    const { stderr } = await shell("seq 100000 >&2", { keepBytes: 1000 });
    expect(stderr).toMatch(/\n… \d+ bytes left out …\n/);
    expect(Buffer.byteLength(stderr)).toBeLessThan(1100);
  });

  it("hands the whole output to the sink once it is longer than what is kept", async () => {
    let seen = "";
    const spill = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
      for await (const chunk of bytes) seen += Buffer.from(chunk).toString();
      return "artifact-1";
    };
    const long = await shell("seq 10000", { keepBytes: 100, spill });
    expect(long.spilled).toBe("artifact-1");
    expect(seen).toBe(Array.from({ length: 10_000 }, (_, index) => `${index + 1}\n`).join(""));
    seen = "";
    expect(await shell("echo short", { keepBytes: 100, spill })).not.toHaveProperty("spilled");
    expect(seen).toBe("");
  });

  it("waits for a slow sink instead of queueing, and takes that silence for nobody's", async () => {
    let taken = 0;
    let most = 0;
    let result: ProcessResult | undefined;
    const produced = { bytes: 0 };
    const spill = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
      for await (const chunk of bytes) {
        taken += chunk.length;
        most = Math.max(most, produced.bytes - taken);
        await delay(2);
      }
      return "slow";
    };
    result = await shell("head -c 20000000 /dev/zero", {
      keepBytes: 1000,
      idleMs: 1500,
      spill,
      onLine: () => (produced.bytes += 1),
    });
    expect(result).toMatchObject({ ended: "exit", spilled: "slow", stdoutBytes: 20_000_000 });
    expect(taken).toBe(20_000_000);
    expect(most).toBeLessThan(1_000_000);
  });

  it("ends the program when the sink fails, and says so", async () => {
    const result = await shell("yes", {
      keepBytes: 100,
      graceMs: 200,
      spill: async () => {
        throw new Error("disk full");
      },
    });
    expect(result).toMatchObject({ ended: "error", survivors: [] });
    expect(result.error).toContain("disk full");
  });

  it("keeps memory flat while 300 MB pass", async () => {
    const before = process.memoryUsage().rss;
    let most = 0;
    let bytesTaken = 0;
    const result = await shell("head -c 300000000 /dev/zero | tr '\\0' x", {
      keepBytes: 1_048_576,
      onLine: () => {},
      spill: async (bytes) => {
        for await (const chunk of bytes) {
          bytesTaken += chunk.length;
          most = Math.max(most, process.memoryUsage.rss() - before);
        }
        return "whole";
      },
    });
    expect(result).toMatchObject({ ended: "exit", exitCode: 0, stdoutBytes: 300_000_000, spilled: "whole" });
    expect(bytesTaken).toBe(300_000_000);
    expect(most).toBeLessThan(150_000_000);
  });
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createShellExecutor } from "./shell.ts";
import { shellCommand } from "../run-shell.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import { TuttiError } from "../../errors.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { describeExecutorContract } from "../../testing/executor-contract.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import type { TaskContextOptions } from "../../testing/task-context.ts";

type RunRequest = Extract<Request, { readonly kind: "run" }>;

const executor = createShellExecutor({ processes: createProcesses() });
const folder = mkdtempSync(join(tmpdir(), "tutti-shell-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function line(text: string, values: Readonly<Record<string, string>> = {}): RunRequest {
  return { kind: "run", shell: { line: text, values } };
}

function run(request: RunRequest | string, options: TaskContextOptions = {}): Promise<Outcome> {
  const wanted = typeof request === "string" ? line(request) : request;
  return executor.execute(wanted, createTaskContext({ cwd: folder, ...options }).context);
}

describeExecutorContract("the shell executor", () => ({
  executor,
  good: line("echo good"),
  bad: line("exit 1"),
  endless: line("sleep 98765.4"),
  large: (bytes) => line(`head -c ${bytes} /dev/zero | tr '\\0' x`),
  isRunning: () =>
    execFileSync("ps", ["-ax", "-o", "stat=,args="], { encoding: "utf8" }).includes("sleep 98765.4"),
}));

describe("a shell step", () => {
  it("fails with its line as the author wrote it; a gate with the line that was run", async () => {
    const written = "test ${{ n }} -gt 5";
    const request = line('test "${TUTTI_V1}" -gt 5', { TUTTI_V1: "3" });
    const { failure } = await run(request, { policy: { written } });
    expect(failure?.message).toBe('Cannot finish "test ${{ n }} -gt 5": exit status 1');
    const { context } = createTaskContext({ cwd: folder, policy: { written } });
    const gated = await executor.execute(request, { ...context, gate: "g" });
    expect(gated.failure?.message).toBe('Cannot finish "test "${TUTTI_V1}" -gt 5": exit status 1');
  });

  it("gives its text without the newlines at its end", async () => {
    expect(await run("printf 'a\\nb\\n\\n'")).toMatchObject({
      ok: true,
      exitCode: 0,
      stdout: "a\nb",
      output: "a\nb",
    });
  });

  it("gets its standard input, and need not read it", async () => {
    const stdin = `${JSON.stringify({ text: "ä ⟨x⟩".repeat(100_000) })}\n{"n":2}\n`;
    expect((await run({ ...line("wc -l"), stdin })).stdout?.trim()).toBe("2");
    expect(await run({ ...line("exec 0<&-; echo done"), stdin })).toMatchObject({ ok: true, stdout: "done" });
    expect((await run({ ...line("cat"), stdin: "" })).stdout).toBe("");
  });

  it("gives the value when it prints a JSON object or list", async () => {
    expect((await run(`echo ' {"a": [1, 2]}'`)).output).toEqual({ a: [1, 2] });
    expect((await run("echo '[1, \"x\"]'")).output).toEqual([1, "x"]);
    expect((await run("echo '[not json]'")).output).toBe("[not json]");
    expect((await run("echo 5")).output).toBe("5");
  });

  it("keeps a number of more digits than JSON numbers have as it was printed", async () => {
    expect((await run(`echo '{"id": 12345678901234567890}'`)).output).toEqual({ id: "12345678901234567890" });
    const schema = { type: "integer" };
    expect((await run("echo 12345678901234567890", { policy: { schema } })).output).toBe(
      "12345678901234567890",
    );
  });

  it("gives any JSON where a schema asks for more than text", async () => {
    expect((await run("echo 5", { policy: { schema: { type: "integer" } } })).output).toBe(5);
    expect((await run("echo 5", { policy: { schema: { type: "string" } } })).output).toBe("5");
    expect((await run("echo five", { policy: { schema: { type: "integer" } } })).output).toBe("five");
  });

  it("fails when a schema asks for a value that is larger than the cap", async () => {
    const policy = { outputBytes: 100, schema: { type: "array" } };
    expect(await run('echo "[$(seq -s, 1 1000)]"', { policy })).toMatchObject({
      ok: false,
      failure: { code: "OUTPUT_TOO_LARGE" },
      artifacts: { stdout: expect.stringMatching(/^sha256:/) },
    });
    const text = await run("seq 1000", { policy: { ...policy, schema: { type: "string" } } });
    expect(text).toMatchObject({ ok: true, stdout: expect.stringMatching(/bytes left out/) });
  });

  it("reads its values from the environment", async () => {
    const request = line('printf %s "$TUTTI_1"; test "$TUTTI_1" = "$WANTED"', {
      TUTTI_1: "it's $(touch x) `y`\n\"",
    });
    const outcome = await run(request, { env: { WANTED: request.shell.values["TUTTI_1"] ?? "" } });
    expect(outcome).toMatchObject({ ok: true, stdout: `it's $(touch x) \`y\`\n"` });
  });

  it("tells what a gate said about the last attempt", async () => {
    const outcome = await run({ ...line('echo "$TUTTI_FEEDBACK"'), feedback: "3 tests\0 failed" });
    expect(outcome.stdout).toBe("3 tests failed");
  });

  it("prints its lines as they come", async () => {
    const task = createTaskContext({ cwd: folder });
    await executor.execute(line("echo a; echo b >&2"), task.context);
    expect([...task.printed].sort()).toEqual(["stderr: b", "stdout: a"]);
  });

  it("does not take a line that starts with a dash for an option", async () => {
    expect(await run("-x 2>/dev/null || echo fine")).toMatchObject({ ok: true, stdout: "fine" });
  });
});

describe("a shell step that fails", () => {
  it("says so with its exit status and the last lines of standard error", async () => {
    const outcome = await run("seq 20 >&2; echo partly; exit 3");
    expect(outcome).toMatchObject({
      ok: false,
      exitCode: 3,
      stdout: "partly",
      failure: { code: "COMMAND_FAILED", class: "failure" },
    });
    expect(outcome.failure?.message).toMatch(/exit status 3:\n11\n12\n(.*\n)*20$/);
    expect((await run("echo only here; exit 1")).failure?.message).toContain("exit status 1:\nonly here");
  });

  it("is transient for exit status 75", async () => {
    expect((await run("exit 75")).failure).toMatchObject({ code: "COMMAND_FAILED", class: "transient" });
  });

  it("says what to do about a command that was not found or may not be executed", async () => {
    writeFileSync(join(folder, "plain"), "text");
    expect((await run("no-such-command-here")).failure?.fix).toContain("not found");
    expect((await run("./plain")).failure?.fix).toContain("chmod +x");
  });

  it.skipIf(process.platform !== "linux")("says what to write instead of /dev/stderr", async () => {
    expect((await run("echo x > /dev/stderr")).failure?.fix).toContain(">&2");
  });

  it("says which signal killed it", async () => {
    expect((await run("kill -9 $$")).failure?.message).toContain(
      "killed by SIGKILL (perhaps for want of memory)",
    );
    expect((await run("kill -TERM $$")).failure?.message).toContain("killed by SIGTERM");
  });

  it("fails when any part of a pipe fails", async () => {
    expect((await run("false | cat")).ok).toBe(false);
    expect((await run("yes | head -n 1")).failure?.fix).toContain("|| true");
  });

  it("goes on after a failing command on a line of its own, as a shell does", async () => {
    expect(await run("false\necho on")).toMatchObject({ ok: true, stdout: "on" });
  });

  it("shows no control sequences in its message", async () => {
    const { failure } = await run("printf '\\033[2J\\033]0;title\\007gone\\r\\n' >&2; exit 1");
    expect(failure?.message).toMatch(/: exit status 1:\ngone$/);
  });

  it("refuses values that no environment can carry", async () => {
    expect((await run(line("true", { V: "a\0b" }))).failure).toMatchObject({
      code: "BAD_VALUE",
      class: "permanent",
    });
    const long = await run(line("true", { V: "x".repeat(200_000) }));
    expect(long.failure?.message).toContain("at most");
  });

  it("fails with the store's own code when its output cannot be stored", async () => {
    const { context } = createTaskContext({ cwd: folder, policy: { outputBytes: 10 } });
    const artifacts = {
      ...context.artifacts,
      put: () => Promise.reject(new TuttiError("STORE_FULL", "Cannot store", { fix: "free space" })),
    };
    const outcome = await executor.execute(line("yes"), { ...context, artifacts });
    expect(outcome).toMatchObject({ ok: false, failure: { code: "STORE_FULL", fix: "free space" } });
  });
});

describe("a shell step's directory", () => {
  mkdirSync(join(folder, "root", "inner", "..deep"), { recursive: true });
  symlinkSync(tmpdir(), join(folder, "root", "out"));
  symlinkSync("inner", join(folder, "root", "in"));
  const cwd = join(folder, "root");

  it("is the step's own, or one inside it", async () => {
    expect((await run({ ...line("pwd"), cwd: "inner/..deep" }, { cwd })).stdout).toMatch(
      /root\/inner\/\.\.deep$/,
    );
    expect((await run({ ...line("pwd"), cwd: "in" }, { cwd })).stdout).toMatch(/root\/inner$/);
    expect((await run({ ...line("pwd"), cwd: "." }, { cwd })).stdout).toMatch(/root$/);
  });

  for (const outside of ["..", "../root2", "/", "out", "inner/../..", "no-such"]) {
    it(`cannot be "${outside}"`, async () => {
      expect(await run({ ...line("touch escaped"), cwd: outside }, { cwd })).toMatchObject({
        ok: false,
        failure: { code: "BAD_VALUE", class: "permanent" },
      });
    });
  }
});

describe("the shell that reads a line", () => {
  for (const hasBash of [true, false]) {
    it(`runs the line as it is written ${hasBash ? "in bash" : "in sh"}`, () => {
      const { file, args } = shellCommand(
        "-x 2>/dev/null; echo \"$0\" | tr a-z A-Z >/dev/null && echo 'ok'",
        hasBash,
      );
      expect(execFileSync(file, [...args], { encoding: "utf8" })).toBe("ok\n");
    });
  }
});

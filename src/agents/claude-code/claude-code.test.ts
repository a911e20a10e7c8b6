import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { AgentTask } from "../../ports/agent.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { agentTask, countSchema, taskContext } from "../../testing/agent-contract.ts";
import { createClaudeCodeAgent, type ClaudeCodeOptions } from "./claude-code.ts";

const fake = fileURLToPath(new URL("../../../test/agents/fake-claude.js", import.meta.url));
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Call {
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
}

/** An agent on the fake program, with folders of its own. */
async function world(play: string, over: Partial<ClaudeCodeOptions> & { env?: Record<string, string> } = {}) {
  const cwd = await mkdtemp(join(tmpdir(), "claude-cwd-"));
  const home = await mkdtemp(join(tmpdir(), "claude-home-"));
  folders.push(cwd, home);
  const { env, ...options } = over;
  const clock = { now: () => Date.now(), at: () => () => {} };
  const agent = createClaudeCodeAgent({ processes: createProcesses(), clock, file: fake, home, ...options });
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  const stepEnv = { PATH: path, FAKE_PLAY: play, FAKE_OUTPUT: '{"count":1}', ...env };
  const printed: string[] = [];
  return {
    agent,
    home,
    printed,
    run: (task: AgentTask, more: Partial<Parameters<typeof taskContext>[0]> = {}) =>
      agent.run(task, taskContext({ cwd, env: stepEnv, print: (line) => printed.push(line), ...more })),
    calls: async () =>
      (await readFile(join(home, ".fake", "calls.jsonl"), "utf8").catch(() => ""))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Call),
  };
}

const commandTask = (over: Partial<AgentTask> = {}, native = true) =>
  agentTask({
    work: {
      kind: "command",
      command: { name: "family:cmd", arguments: "a b", file: "/r/.claude/x.md", expanded: "/Do a b", native },
    },
    ...over,
  });

describe("a command on Claude Code", () => {
  it("is sent by its name, with everything else beside it", async () => {
    const { run, calls } = await world("answer");
    const task = commandTask({ context: { a: 1 }, feedback: "no\ntests", claims: ["ok"] });
    expect(await run(task)).toMatchObject({ ok: true });
    const [, call] = await calls();
    expect(call?.input).toBe("/family:cmd a b");
    const beside = call?.args[call.args.indexOf("--append-system-prompt") + 1];
    expect(beside).toContain('"a": 1');
    expect(beside).toContain("> no\n> tests");
    expect(beside).toContain('- "ok"');
    expect(call?.env).toMatchObject({ CLAUDE_CODE_MAX_RETRIES: "2", TUTTI_SESSION: task.sessionId });
  });

  it("costs nothing when the program does not know it", async () => {
    const { run, calls } = await world("answer", { env: { FAKE_COMMANDS: "other" } });
    const outcome = await run(commandTask());
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: "COMMAND_NOT_EXPANDED" },
      usage: { costUsd: 0 },
    });
    expect(await calls()).toHaveLength(1);
  });

  it("is ended at once when only the first message shows that it is unknown", async () => {
    const { run } = await world("no-list", { env: { FAKE_COMMANDS: "" } });
    const outcome = await run(commandTask());
    expect(outcome).toMatchObject({ ok: false, failure: { code: "COMMAND_NOT_EXPANDED" } });
  });

  it("is sent as its text when the file is not native, or hidden by the user's own", async () => {
    const own = await world("answer");
    await own.run(commandTask({}, false));
    expect((await own.calls()).map((call) => call.input)).toEqual(["Task:\n\n/Do a b"]);
    const hidden = await world("answer", { env: { FAKE_ORIGIN: "user" } });
    await hidden.run(commandTask());
    expect((await hidden.calls()).at(-1)?.input).toBe("Task:\n\n/Do a b");
  });
});

describe("a session of Claude Code", () => {
  it("is asked once more when the answer has no shape, and both turns are counted once", async () => {
    const { run, calls } = await world("shape-second");
    const outcome = await run(agentTask({ schema: countSchema }));
    expect(outcome).toMatchObject({
      ok: true,
      output: { count: 1 },
      usage: { costUsd: 0.02 },
      details: { turns: 2 },
    });
    const last = (await calls()).at(-1);
    expect(last?.args).toContain("--resume");
    expect(last?.args.join(" ")).toContain("--max-budget-usd 9.99");
  });

  it("is asked no third time", async () => {
    const { run, calls } = await world("no-shape");
    const outcome = await run(agentTask({ schema: countSchema }));
    expect(outcome).toMatchObject({ failure: { code: "OUTPUT_SHAPE" }, usage: { costUsd: 0.02 } });
    expect(await calls()).toHaveLength(2);
  });

  it("is not asked again for money that is not there", async () => {
    const { run, calls } = await world("no-shape");
    const outcome = await run(agentTask({ schema: countSchema }), { policy: { remainingUsd: 0.005 } });
    expect(outcome).toMatchObject({ failure: { code: "OUTPUT_SHAPE" } });
    expect(await calls()).toHaveLength(1);
    const broke = await world("answer");
    expect(await broke.run(agentTask(), { policy: { remainingUsd: 0 } })).toMatchObject({
      failure: { code: "LIMIT_REACHED" },
    });
    expect(await broke.calls()).toEqual([]);
  });

  it("counts all of an earlier try that no outcome counted", async () => {
    const first = await world("answer");
    const task = agentTask();
    await first.run(task);
    // Another engine process knows nothing of what the first one counted: its outcome was lost.
    const second = createClaudeCodeAgent({
      processes: createProcesses(),
      clock: { now: () => 0, at: () => () => {} },
      file: fake,
      home: first.home,
    });
    const env = { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
    const outcome = await second.run(task, taskContext({ cwd: first.home, env }));
    expect(outcome).toMatchObject({ ok: true, usage: { costUsd: 0.02 }, details: { resumed: true } });
  });

  it("takes the answer to the prompt and the cost of everything after it", async () => {
    const { run } = await world("background");
    expect(await run(agentTask())).toMatchObject({ ok: true, output: "hi", usage: { costUsd: 0.02 } });
  });

  it("gives an answer that is longer than a line may be", async () => {
    const { run } = await world("long");
    expect((await run(agentTask())).output).toHaveLength(300_000);
  });

  it("shows what the agent says and does as it comes", async () => {
    const { run, printed } = await world("edit");
    await run(agentTask());
    expect(printed).toEqual(["→ Write(made.txt)", "hi"]);
    const refused = await world("overloaded");
    await refused.run(agentTask());
    expect(refused.printed).toEqual(["(overloaded_error 529: asks again in 500 ms)"]);
  });

  it("first ends what an engine that was killed left running in it", async () => {
    const { run } = await world("answer");
    const task = agentTask();
    const left = spawn("sleep", ["600"], {
      env: { ...process.env, TUTTI_SESSION: task.sessionId },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => {
      left.once("exit", (_, signal) => resolve(signal));
    });
    expect(await run(task)).toMatchObject({ ok: true });
    expect(await ended).toBe("SIGTERM");
  });

  it("leaves nothing running that its tools started", async () => {
    const { run, home } = await world("leftover");
    expect(await run(agentTask())).toMatchObject({ ok: true });
    const [child] = (await readFile(join(home, ".fake", "children"), "utf8")).trim().split("\n").map(Number);
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(child)], { encoding: "utf8" });
    // A dead process that nobody has collected yet is a zombie.
    expect(stdout.trim()).toMatch(/^(?:Z.*)?$/);
  });

  it("passes no limit where the run has none", async () => {
    const { run, calls } = await world("answer");
    await run(agentTask(), { policy: { remainingUsd: Infinity, timeoutMs: 60_000 } });
    expect((await calls())[0]?.args).not.toContain("--max-budget-usd");
  });

  it("accepts denied tools only where the user says so", async () => {
    const { run } = await world("denied", { deniedToolsFail: false });
    expect(await run(agentTask())).toMatchObject({ ok: true });
  });
});

describe("each play of the fake program", () => {
  it.each([
    ["bang", "COMMAND_FAILED"],
    ["hook", "AGENT_FAILED"],
    ["broken", "AGENT_FAILED"],
    ["unauthorized", "AGENT_FAILED"],
    ["refused", "AGENT_FAILED"],
    ["too-long", "AGENT_FAILED"],
    ["max-turns", "AGENT_FAILED"],
    ["max-budget", "LIMIT_REACHED"],
    ["interrupted", "AGENT_FAILED"],
    ["terminated", "AGENT_FAILED"],
    ["killed", "AGENT_FAILED"],
    ["deferred", "AGENT_DENIED"],
    ["bad-exit", "AGENT_FAILED"],
    ["bad-flag", "AGENT_FAILED"],
    ["startup", "AGENT_FAILED"],
    ["bad-shape", "OUTPUT_SHAPE"],
  ])("%s ends in %s", async (play, code) => {
    const { run } = await world(play);
    expect(await run(agentTask())).toMatchObject({ ok: false, failure: { code } });
  });
});

describe("a probe for Claude Code", () => {
  it("says why it cannot be used, and what to do", async () => {
    const missing = await world("answer", { file: "/nowhere/claude" });
    expect(await missing.agent.probe()).toMatchObject({
      available: false,
      fix: "npm install -g @anthropic-ai/claude-code",
    });
    const other = await world("answer", { file: "/bin/true" });
    expect(await other.agent.probe()).toMatchObject({
      available: false,
      reason: expect.stringContaining("no version"),
    });
    const processes = {
      ...createProcesses(),
      run: () => Promise.resolve(versionResult("1.0.128 (Claude Code)")),
    };
    expect(await (await world("answer", { processes })).agent.probe()).toMatchObject({
      available: false,
      version: "1.0.128",
    });
  });

  it("rejects when it is aborted", async () => {
    const { agent } = await world("answer");
    await expect(agent.probe(AbortSignal.abort(new Error("no")))).rejects.toThrow("no");
  });
});

function versionResult(stdout: string) {
  const rest = { exitCode: 0, signal: null, stderr: "", stdoutBytes: 0, survivors: [], durationMs: 0 };
  return { ended: "exit" as const, stdout, ...rest };
}

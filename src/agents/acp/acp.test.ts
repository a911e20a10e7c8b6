import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeAcpAgent } from "../../../test/agents/fake-acp-agent.ts";
import type { Usage } from "../../core/outcome.ts";
import { agentTask, commandWork, countSchema, taskContext } from "../../testing/agent-task.ts";

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "acp-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const context = (play: string, over: Partial<Parameters<typeof taskContext>[0]> = {}) =>
  taskContext({
    cwd: base,
    ...over,
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
      HOME: base,
      FAKE_PLAY: play,
      ...over.env,
    },
  });

interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

async function calls(method: string): Promise<readonly Call["params"][]> {
  const lines = (await readFile(join(base, ".fake", "calls.jsonl"), "utf8")).trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as Call)
    .filter((call) => call.method === method)
    .map((call) => call.params);
}

const run = (play: string, over: Parameters<typeof agentTask>[0] = {}) =>
  fakeAcpAgent(base).run(agentTask(over), context(play));

describe("an ACP agent is not ok", () => {
  it.for([
    ["too-long", "failure", "longer than its model may give"],
    ["too-many", "failure", "as often as it may in one turn"],
    ["refusal", "permanent", "refuses the task"],
    ["cancelled", "transient", "not by tutti"],
    ["new-reason", "failure", 'stopped with "_bored"'],
    ["empty", "failure", "without a word and without a deed"],
    ["broken", "transient", "500 Internal server error"],
    ["login", "permanent", "Authentication required"],
    ["no-start", "transient", "status 2 in the middle of its work: Error: cannot find my settings"],
    ["flood", "failure", "a message of more than"],
  ] as const)("when it ends as in %s, of class %s", async ([play, kind, said]) => {
    const { ok, failure } = await run(play);
    expect([ok, failure?.code, failure?.class]).toEqual([false, "AGENT_FAILED", kind]);
    expect(failure?.message).toContain(said);
  });

  it("when its model could not be asked although it ends its turn as if all were well", async () => {
    const outcome = await run("trouble");
    expect(outcome.failure).toMatchObject({ code: "QUOTA", class: "quota" });
    expect(outcome.usage).toEqual({ costUsd: 0, inputTokens: 0, outputTokens: 0 });
  });

  it("at a price that is unknown when its turn was cut off, or ended without a word", async () => {
    expect((await run("silent")).usage?.costUsd).toBeNull();
    const policy = { timeoutMs: 1500 };
    const cut = await fakeAcpAgent(base).run(agentTask(), context("hang-silent", { policy }));
    expect(cut).toMatchObject({ failure: { code: "TIMEOUT" }, usage: { costUsd: null } });
    const cancel = new AbortController();
    const used: Usage[] = [];
    const stopped = context("hang", {
      signal: cancel.signal,
      print: () => cancel.abort(),
      used: (usage) => void used.push(usage),
    });
    await expect(fakeAcpAgent(base).run(agentTask(), stopped)).rejects.toThrow("abort");
    expect(used.at(-1)).toMatchObject({ costUsd: null, atLeast: true });
  });

  it("when it speaks another version of the protocol", async () => {
    expect((await run("old")).failure).toMatchObject({ code: "AGENT_UNAVAILABLE", class: "permanent" });
    expect(await fakeAcpAgent(base, { entry: { env: { FAKE_PLAY: "old" } } }).probe()).toMatchObject({
      available: false,
      version: "1.2.3",
    });
  });

  it("when it spends more than is left of the run's cap, and is stopped at once", async () => {
    const outcome = await run("expensive");
    expect(outcome).toMatchObject({ ok: false, failure: { code: "LIMIT_REACHED" }, usage: { costUsd: 99 } });
    expect(await calls("session/cancel")).toHaveLength(1);
  });

  it("when nothing is left of the run's cap, and is not even started", async () => {
    const outcome = await fakeAcpAgent(base).run(
      agentTask(),
      context("answer", { policy: { remainingUsd: 0 } }),
    );
    expect(outcome).toMatchObject({ ok: false, failure: { code: "LIMIT_REACHED" } });
    await expect(calls("start")).rejects.toThrow("ENOENT");
  });

  it("when its program is not there, and says how to get it", async () => {
    const agent = fakeAcpAgent(base, { entry: { program: "no-such-program-anywhere" } });
    const outcome = await agent.run(agentTask(), context("answer"));
    expect(outcome.failure).toMatchObject({ code: "AGENT_UNAVAILABLE", class: "permanent" });
    expect(outcome.failure?.fix).toContain("npm install -g fake");
    expect(await agent.probe()).toMatchObject({ available: false, fix: "npm install -g fake" });
  });

  it("when it wants to change a file outside the folder it works in", async () => {
    const { failure } = await run("outside");
    expect(failure).toMatchObject({
      code: "AGENT_DENIED",
      message: expect.stringContaining("Write(/etc/made.txt)"),
    });
  });

  it("when it did without asking what the step's tools do not allow, however that ended", async () => {
    for (const status of ["completed", "failed"]) {
      const told = context("unasked", { env: { FAKE_STATUS: status } });
      const { failure } = await fakeAcpAgent(base).run(
        agentTask({ tools: ["Read", "Bash(npm test)"] }),
        told,
      );
      expect(failure).toMatchObject({
        code: "AGENT_DENIED",
        message: 'Cannot accept the work of "fake": it did Bash(rm -rf x) without asking',
      });
    }
  });

  it("when it does not take the model, and names those it takes", async () => {
    const { failure } = await run("answer", { model: "huge" });
    expect(failure).toMatchObject({ code: "AGENT_FAILED", class: "permanent" });
    expect(failure?.fix).toContain("small, model-of-the-step");
  });
});

describe("an ACP agent", () => {
  it("survives whatever else is said on its line, and long messages", async () => {
    const outcome = await run("noise");
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.output).toHaveLength(300_000);
  });

  it("gives what was said last as its answer", async () => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const outcome = await fakeAcpAgent(base).run(agentTask(), context("steps", { print }));
    expect(outcome.output).toBe("the end");
    expect(lines).toEqual(["first I look", "→ Read a.js", "the end"]);
  });

  it("allows a call once and never for good", async () => {
    expect(await run("edit")).toMatchObject({ ok: true });
    expect(await calls("permission")).toEqual([{ outcome: "selected", optionId: "yes" }]);
  });

  it("may do without asking what the step's tools allow, or where none are named or they only grant", async () => {
    const over = (more: Parameters<typeof fakeAcpAgent>[1]) => fakeAcpAgent(base, more);
    const [tools, asText] = [["Read"], { commands: "text" }] as const;
    const outcomes = await Promise.all([
      run("unasked", { tools: ["Bash(rm *)"] }),
      run("unasked"),
      over({ entry: { holdsTools: false } }).run(agentTask({ tools }), context("unasked")),
      over({ entry: { meta: "claude", ...asText } }).run(
        agentTask({ tools, work: commandWork }),
        context("unasked"),
      ),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    const command = await over({ entry: asText }).run(
      agentTask({ tools, work: commandWork }),
      context("unasked"),
    );
    expect(command.failure?.code).toBe("AGENT_DENIED");
  });

  it("is asked again in the same session while the output does not fit", async () => {
    const outcome = await run("shape-second", { schema: countSchema });
    expect(outcome).toMatchObject({ ok: true, output: { count: 1 }, details: { turns: 2 } });
    expect(outcome.usage).toEqual({ costUsd: 0.02, inputTokens: 200, outputTokens: 40 });
    expect(await calls("session/new")).toHaveLength(1);
    expect(JSON.stringify((await calls("session/prompt"))[1])).toContain("output.count");
  });

  it("is not asked for ever", async () => {
    const outcome = await run("no-shape", { schema: countSchema });
    expect(outcome).toMatchObject({ failure: { code: "OUTPUT_SHAPE" }, details: { turns: 3 } });
  });

  it("gets a slash command as it knows it, or as what its file says", async () => {
    await run("answer", { work: commandWork });
    const texts = fakeAcpAgent(base, { entry: { commands: "text" } });
    await texts.run(agentTask({ work: commandWork }), context("answer"));
    await run("answer", { work: { kind: "prompt", prompt: "/family:cmd x" } });
    expect(
      (await calls("session/prompt")).map(({ prompt }) => (prompt as [{ text: string }])[0].text),
    ).toEqual(["/family:cmd a b", "Do a b now", "Task:\n\n/family:cmd x"]);
  });

  it("gets its model by argument or by variable, where its entry says so", async () => {
    const byArgument = { argument: "--model" };
    const byVariable = { variable: "FAKE_MODEL" };
    for (const model of [byArgument, byVariable])
      await fakeAcpAgent(base, { entry: { model } }).run(agentTask({ model: "big" }), context("answer"));
    const [first, second] = await calls("start");
    expect(first?.["args"]).toEqual(["--acp", "--model", "big"]);
    expect(second).toMatchObject({ args: ["--acp"], env: { FAKE_MODEL: "big" } });
  });

  it("gets of tutti's environment only what its entry names", async () => {
    const environment = { FAKE_KEY: "k", FAKE_OTHER: "o", SECRET: "s" };
    const agent = fakeAcpAgent(base, {
      environment,
      entry: { passes: ["FAKE_K*", "FAKE_OTHER"], env: { A: "1" } },
    });
    await agent.run(agentTask(), context("answer"));
    const [start] = await calls("start");
    expect(start?.["env"]).toMatchObject({ FAKE_KEY: "k", FAKE_OTHER: "o", A: "1" });
    expect(start?.["env"]).not.toHaveProperty("SECRET");
  });

  it("is started once to see whether it can be used, with what a step's program sees and its entry names", async () => {
    const environment = { FAKE_KEY: "k", SECRET: "s" };
    const agent = fakeAcpAgent(base, { environment, entry: { passes: ["FAKE_K*"], env: { A: "1" } } });
    for (let time = 0; time < 3; time += 1)
      expect(await agent.probe()).toEqual({ available: true, version: "1.2.3" });
    const starts = await calls("start");
    expect(starts).toHaveLength(1);
    expect(starts[0]?.["env"]).toMatchObject({ HOME: base, FAKE_KEY: "k", A: "1" });
    expect(starts[0]?.["env"]).not.toHaveProperty("SECRET");
  });

  it("is started again where it could not be used", async () => {
    const program = join(base, "agent");
    const agent = fakeAcpAgent(base, { entry: { program } });
    expect(await agent.probe()).toMatchObject({ available: false });
    await symlink(fileURLToPath(new URL("../../../test/agents/fake-acp.js", import.meta.url)), program);
    expect(await agent.probe()).toMatchObject({ available: true });
  });

  it("gets the file of its entry, which is gone afterwards", async () => {
    const file = { argument: "--policy", name: "policy.toml", text: "ask" };
    await fakeAcpAgent(base, { entry: { file } }).run(agentTask(), context("answer"));
    const [start] = await calls("start");
    const path = String((start?.["args"] as readonly string[] | undefined)?.at(-1));
    expect(path).toMatch(/policy\.toml$/);
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it("is told to end its turn before it is ended", async () => {
    const cancel = new AbortController();
    const cut = context("stops-when-told", {
      signal: cancel.signal,
      print: () => cancel.abort(new Error("cut")),
    });
    await expect(fakeAcpAgent(base).run(agentTask(), cut)).rejects.toThrow("cut");
    expect(await calls("session/cancel")).toHaveLength(1);
  });
});

describe("a session of an ACP agent that was cut off", () => {
  const cutOff = async (task: ReturnType<typeof agentTask>) => {
    const cancel = new AbortController();
    const cut = context("hang-first", { signal: cancel.signal, print: () => cancel.abort(new Error("cut")) });
    await expect(fakeAcpAgent(base).run(task, cut)).rejects.toThrow("cut");
  };
  const prompts = async () => JSON.stringify((await calls("session/prompt")).at(-1));

  it("is gone on with by a new process of tutti, without what was said in it before", async () => {
    const task = agentTask();
    await cutOff(task);
    const outcome = await fakeAcpAgent(base).run(task, context("late-history"));
    expect(outcome).toMatchObject({ ok: true, output: "hi", details: { resumed: true } });
    expect(await prompts()).toContain("You were interrupted");
  });

  it.for(["forgets", "no-load"])("is begun anew with the whole task where the agent %s", async (play) => {
    const task = agentTask();
    await cutOff(task);
    const outcome = await fakeAcpAgent(base).run(task, context(play));
    expect(outcome).toMatchObject({ ok: true, output: "hi" });
    expect(outcome.details).not.toHaveProperty("resumed");
    expect(await prompts()).toContain("say hi");
    expect(await prompts()).toContain("An earlier try of this task was cut off");
  });

  it("is told the whole task when the crash came before the prompt", async () => {
    const task = agentTask();
    await cutOff(task);
    const outcome = await fakeAcpAgent(base).run(task, context("never-asked"));
    expect(outcome).toMatchObject({ ok: true, details: { resumed: true } });
    expect(await prompts()).toContain("say hi");
  });

  it("counts what an agent adds that counts anew after each start", async () => {
    const agent = fakeAcpAgent(base);
    const task = agentTask();
    const first = await agent.run(task, context("answer"));
    const second = await agent.run(task, context("answer"));
    const third = await agent.run(agentTask(), context("counts-anew"));
    expect([first, second, third].map(({ usage }) => usage?.costUsd)).toEqual([0.01, 0.01, 0.01]);
    expect((await agent.run(agentTask(), context("euros"))).usage?.costUsd).toBeNull();
  });
});

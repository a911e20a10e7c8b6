import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isTuttiError } from "../../errors.ts";
import {
  agentTask,
  countSchema,
  describeAgentContract,
  taskContext,
  type AgentScenario,
} from "../../testing/agent-contract.ts";
import { createMockAgent } from "./mock.ts";

const systemClock = {
  now: () => Date.now(),
  at: (dueAt: number, fire: () => void) => {
    const timer = setTimeout(fire, dueAt - Date.now());
    return () => clearTimeout(timer);
  },
};

const scripted = "what it does is in its script, whatever it is given";
const unshown = {
  tools: scripted,
  mcp: scripted,
  skills: scripted,
  subagents: scripted,
  model: scripted,
  thinking: scripted,
};

const played: Readonly<Record<AgentScenario, object | undefined>> = {
  answers: undefined,
  edits: { files: { "made.txt": "made\n" } },
  fails: { fail: {} },
  denied: { denied: ["Bash(npm publish)"] },
  "as-text": { fail: { code: "COMMAND_NOT_EXPANDED", class: "permanent" } },
  "no-output": { fail: { code: "OUTPUT_SHAPE" } },
  "wrong-shape": { output: { count: "many" } },
  refused: { fail: { class: "permanent" } },
  "rate-limit": { fail: { class: "quota", reset: "5s" } },
  crashes: { fail: { class: "transient" } },
  asks: { asks: { tool: "Bash", input: { command: "touch made.txt" } }, files: { "made.txt": "made\n" } },
  quota: { fail: { class: "quota", reset: "10m" } },
  unpriced: { cost: null },
  hangs: { print: "working", delay: "1h" },
  grandchild: undefined,
  "cut-off": undefined,
  mcp: undefined,
  skill: undefined,
  subagent: undefined,
};

describeAgentContract("mock", (scenario, { cwd }) => {
  const rule = played[scenario];
  if (scenario === "cut-off") return Promise.resolve({ cannot: "it has no sessions" });
  if (scenario === "grandchild") return Promise.resolve({ cannot: "it starts no program" });
  const script = rule ? { rules: [rule] } : {};
  return Promise.resolve({ agent: createMockAgent({ script, cwd, clock: systemClock }), unshown });
});

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function world(script?: unknown) {
  const cwd = await mkdtemp(join(tmpdir(), "mock-"));
  folders.push(cwd);
  let now = 1000;
  const due: { at: number; fire: () => void }[] = [];
  const clock = {
    now: () => now,
    at: (dueAt: number, fire: () => void) => {
      const entry = { at: dueAt, fire };
      due.push(entry);
      return () => void due.splice(due.indexOf(entry), 1);
    },
  };
  const agent = createMockAgent({ script, cwd, clock });
  return {
    cwd,
    agent,
    due,
    /** Moves the time to the next thing that is due. */
    tick: () => {
      const next = due.shift();
      now = next?.at ?? now;
      next?.fire();
    },
    run: (over: Partial<Parameters<typeof taskContext>[0]> = {}, task = agentTask()) =>
      agent.run(task, taskContext({ cwd, env: { PATH: process.env["PATH"] ?? "" }, ...over })),
  };
}

const command = (name: string) =>
  agentTask({
    work: {
      kind: "command",
      command: { name, arguments: "", file: "/f", expanded: `Do ${name}`, native: true },
    },
  });

describe("the mock agent without a script", () => {
  it("answers at once, for nothing, the same every time", async () => {
    const { run } = await world();
    const outcome = await run({}, command("family:cmd"));
    expect(outcome).toMatchObject({ ok: true, output: "mock: /family:cmd is done", usage: { costUsd: 0 } });
    expect(outcome.usage?.inputTokens).toBeGreaterThan(0);
    expect(await run({}, command("family:cmd"))).toEqual(outcome);
  });

  it("makes up an output that fits the schema and claims everything to be true", async () => {
    const { run } = await world();
    const task = agentTask({ schema: countSchema, claims: ["tests_pass"] });
    expect((await run({}, task)).output).toEqual({ count: 1, quality_metrics: { tests_pass: true } });
  });
});

describe("the rules of a mock script", () => {
  it("are tried in order; the first that fits in every point is played", async () => {
    const { run } = await world({
      rules: [
        { step: "fix", attempt: 1, fail: { class: "transient", message: "once" } },
        { step: "review[*]/look", text: "looked" },
        { command: "/family:cmd", prompt: "Do .*:cmd", text: "command" },
        { prompt: "hi$", attempt: [2, 3], text: "later" },
        { step: "fix", text: "fixed" },
      ],
    });
    expect(await run({ address: "fix" })).toMatchObject({ failure: { message: "once", class: "transient" } });
    expect(await run({ address: "fix", attempt: 2 })).toMatchObject({ output: "later" });
    expect(await run({ address: "fix", attempt: 4 })).toMatchObject({ output: "fixed" });
    expect(await run({ address: "review[a/b.ts]/look" })).toMatchObject({ output: "looked" });
    expect(await run({ address: "review[a]/looks" })).toMatchObject({ output: "mock: done" });
    expect(await run({}, command("family:cmd"))).toMatchObject({ output: "command" });
    expect(await run({}, command("other"))).toMatchObject({ output: "mock: /other is done" });
  });

  it("tell the asks of a judge in one attempt from each other", async () => {
    const { run } = await world({
      rules: [
        { gate: "good", attempt: 2, ask: [1, 2], fail: { class: "quota" } },
        { gate: "good", output: "judged" },
      ],
    });
    const gate = "good";
    expect(await run({ gate })).toMatchObject({ output: "judged" });
    expect(await run({ gate, attempt: 2 })).toMatchObject({ failure: { code: "QUOTA" } });
    expect(await run({ gate, attempt: 2, ask: 2 })).toMatchObject({ failure: { code: "QUOTA" } });
    expect(await run({ gate, attempt: 2, ask: 3 })).toMatchObject({ output: "judged" });
  });

  it("fit a judge by the name of its gate or by what it judges", async () => {
    const { run } = await world({
      rules: [
        { gate: "judge", text: "any" },
        { gate: "no dup*", text: "named" },
      ],
    });
    const judged = { gate: "judge: it is good", judges: "judge" } as const;
    expect(await run(judged)).toMatchObject({ output: "any" });
    expect(await run({ gate: "no duplicate: x", judges: "duplication" })).toMatchObject({ output: "named" });
    expect(await run({ gate: "other", judges: "duplication" })).toMatchObject({ output: { pass: true } });
    expect(await run()).toMatchObject({ output: "mock: done" });
  });

  it("fit addresses by stars, however many", async () => {
    const fits = async (step: string, address: string): Promise<boolean> => {
      const { run } = await world({ rules: [{ step, text: "it fits" }] });
      return (await run({ address })).output === "it fits";
    };
    for (const step of ["a", "*", "a*", "*a", "a**"]) expect(await fits(step, "a")).toBe(true);
    for (const step of ["b", "a*a", "aa", "a*b*"]) expect(await fits(step, "a")).toBe(false);
    expect(await fits("swarm/*/say", "swarm/peers/ann#1/say")).toBe(true);
    expect(await fits("*ab*b", "abab")).toBe(true);
    expect(await fits("*ab*b", "cab")).toBe(false);
    expect(await fits(`${"*a".repeat(200)}*b`, "a".repeat(5000))).toBe(false);
  });

  it("that nothing has fitted are told", async () => {
    const { agent, run } = await world({
      rules: [
        { step: "fix", gate: "judge" },
        { command: "/x" },
        { prompt: ".", text: "all" },
        { text: "late" },
      ],
    });
    await run();
    expect(agent.unused?.()).toEqual([
      "rule 1 of the mock script (step: fix, gate: judge) fitted nothing",
      "rule 2 of the mock script (command: x) fitted nothing",
      "rule 4 of the mock script fitted nothing",
    ]);
  });

  it("may leave nothing to chance", async () => {
    const { run } = await world({ otherwise: "fail" });
    expect(await run()).toMatchObject({ ok: false, failure: { code: "AGENT_FAILED", class: "permanent" } });
  });

  it("say output, cost, tokens and printed lines", async () => {
    const rule = { output: { n: [1] }, cost: 0.25, tokens: { input: 5, output: 6 }, print: ["a", "b"] };
    const { run } = await world({ rules: [rule] });
    const printed: string[] = [];
    const outcome = await run({ print: (line, stream) => printed.push(`${stream}: ${line}`) });
    expect(outcome).toMatchObject({
      output: { n: [1] },
      usage: { costUsd: 0.25, inputTokens: 5, outputTokens: 6 },
    });
    expect(printed).toEqual(["agent: a", "agent: b"]);
  });

  it("write, copy and delete files, before a failure too", async () => {
    const { cwd, run } = await world({
      rules: [
        {
          files: {
            "deep/a.txt": "a",
            "run.sh": { text: "#!/bin/sh\n", executable: true },
            "b.bin": { base64: "AP8=" },
            "copy.txt": { from: "source.txt" },
            "old.txt": null,
          },
          fail: {},
        },
      ],
    });
    await writeFile(join(cwd, "old.txt"), "old");
    await writeFile(join(cwd, "source.txt"), "source");
    expect(await run()).toMatchObject({ ok: false });
    await expect(stat(join(cwd, "old.txt"))).rejects.toThrow("ENOENT");
    expect(await readFile(join(cwd, "deep/a.txt"), "utf8")).toBe("a");
    expect(await readFile(join(cwd, "b.bin"))).toEqual(Buffer.from([0, 255]));
    expect(await readFile(join(cwd, "copy.txt"), "utf8")).toBe("source");
    expect((await stat(join(cwd, "run.sh"))).mode & 0o111).toBe(0o111);
  });

  it("write nothing outside the folder of the step", async () => {
    for (const path of ["../out.txt", "/tmp/out.txt", "link/out.txt", ".."]) {
      const { cwd, run } = await world({ rules: [{ files: { [path]: "x" } }] });
      await symlink(tmpdir(), join(cwd, "link"));
      expect(await run()).toMatchObject({ ok: false, failure: { code: "BAD_VALUE", class: "permanent" } });
    }
    const { run } = await world({ rules: [{ files: { a: { from: "missing" } } }] });
    expect(await run()).toMatchObject({ failure: { code: "FILE_UNREADABLE" } });
  });

  it("wait by the clock, no longer than the step allows, and stop on abort", async () => {
    const { run, tick, due } = await world({ rules: [{ print: "waits", delay: "2s", text: "late" }] });
    const settled = run();
    await expect.poll(() => due.length).toBe(1);
    expect(due[0]?.at).toBe(3000);
    tick();
    expect(await settled).toMatchObject({ output: "late" });

    const short = run({ policy: { timeoutMs: 500, idleMs: 700 } });
    await expect.poll(() => due.length).toBe(1);
    tick();
    expect(await short).toMatchObject({ failure: { code: "TIMEOUT" } });

    const cancel = new AbortController();
    const aborted = run({ signal: cancel.signal });
    await expect.poll(() => due.length).toBe(1);
    cancel.abort(new Error("stop"));
    await expect(aborted).rejects.toThrow("stop");
    expect(due).toEqual([]);
  });

  it("count the reset of a quota from now", async () => {
    const { run } = await world({ rules: [{ fail: { class: "quota", reset: "1m" } }] });
    expect(await run()).toMatchObject({ failure: { code: "QUOTA", class: "quota", resetAt: 61_000 } });
  });
});

describe("a mock script with mistakes", () => {
  const mistakes: readonly (readonly [string, unknown, string])[] = [
    ["an unknown key", { rules: [{ ste: "x" }] }, 'at "rules[0]"'],
    ["a wrong type", { rules: "x" }, 'at "rules"'],
    ["a bad duration", { rules: [{ delay: "soon" }] }, 'at "rules[0].delay"'],
    ["a bad pattern", { rules: [{ prompt: "(" }] }, 'at "rules[0].prompt"'],
    ["a pattern that looks ahead", { rules: [{ prompt: "a(?=b)" }] }, "the syntax is that of RE2"],
    ["a bad class", { rules: [{ fail: { class: "x" } }] }, 'at "rules[0].fail.class"'],
    ["an ask of no judge", { rules: [{ step: "a", ask: 1 }] }, 'at "rules[0].ask"'],
    ["no object at all", [1], 'at ""'],
  ];

  it.each(mistakes)("names the place of %s", async (_, script, place) => {
    await expect(world(script)).rejects.toThrow(place);
  });

  it("lists all of them, each with a fix", async () => {
    const error: unknown = await world({ rules: [{ cost: -1 }, { attempt: 0 }], other: 1 }).catch(
      (e: unknown) => e,
    );
    expect(isTuttiError(error)).toBe(true);
    expect(isTuttiError(error) ? error.problems : []).toHaveLength(3);
    expect(isTuttiError(error) ? error.fix : "").toContain("docs/mock-agent.md");
  });
});

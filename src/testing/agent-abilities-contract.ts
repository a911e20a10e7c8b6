import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it, type TestContext } from "vitest";
import type { AgentAbilities, AgentTask } from "../ports/agent.ts";
import type { AgentScenario, FixtureFor } from "./agent-contract.ts";
import { agentTask, countSchema, taskContext } from "./agent-task.ts";
import { wordServer } from "./word-server.ts";

/** That an agent can do what its abilities say: each has a test that shows it, left out where the ability is absent. */
export function describeAbilities(name: string, fixtureFor: FixtureFor): void {
  const able: Able = async ([scenario, ...abilities], test) => {
    const made = await fixtureFor(scenario, test);
    for (const ability of abilities) {
      const why = made.unshown?.[ability];
      if (why !== undefined) return test.skip(`${name} cannot show its ability "${ability}": ${why}`);
      if (absent.has(made.agent.abilities[ability])) return test.skip(`${name} has no ability "${ability}"`);
    }
    return made;
  };

  it("prints what it does while it does it", async (test) => {
    const { agent, place } = await able(["hangs", "streaming"], test);
    const cancel = new AbortController();
    const lines: string[] = [];
    const print = (line: string) => {
      lines.push(line);
      cancel.abort(new Error("seen"));
    };
    const context = taskContext({ ...place, signal: cancel.signal, print });
    await expect(agent.run(agentTask(), context)).rejects.toThrow("seen");
    expect(lines).not.toEqual([]);
  });

  it("goes on with a session, when it says so", async (test) => {
    const { agent, place } = await able(["answers", "resume"], test);
    const task = agentTask();
    expect(await agent.run(task, taskContext(place))).toMatchObject({ ok: true });
    expect(await agent.run(task, taskContext(place))).toMatchObject({ ok: true });
  });

  it("gives the declared output only where it says that it can", async (test) => {
    const { agent, place } = await able(["answers", "schema"], test);
    const outcome = await agent.run(agentTask({ schema: countSchema }), taskContext(place));
    expect(outcome).toMatchObject({ ok: true, output: { count: expect.any(Number) } });
  });

  it("knows the cost of an attempt as it says", async (test) => {
    const { agent, place } = await able(["answers", "cost"], test);
    const { usage } = await agent.run(agentTask(), taskContext(place));
    const told = { reported: expect.any(Number), priced: expect.any(Number), free: 0, unknown: null };
    expect(usage?.costUsd).toEqual(told[agent.abilities.cost]);
  });

  it("uses no tool that the step does not list", async (test) => {
    const { agent, place } = await able(["edits", "tools", "files"], test);
    await agent.run(agentTask({ tools: ["Read"] }), taskContext(place));
    await expect(readFile(join(place.cwd, "made.txt"))).rejects.toThrow("ENOENT");
  });

  it("changes files of the directory it works in", async (test) => {
    const { agent, place } = await able(["edits", "files"], test);
    expect(await agent.run(agentTask(), taskContext(place))).toMatchObject({ ok: true });
    expect(await readFile(join(place.cwd, "made.txt"), "utf8")).toBe("made\n");
  });

  it("is given an MCP server with its environment", async (test) => {
    const made = await able(["mcp", "mcp"], test);
    const task = agentTask({ mcpServers: { words: wordServer("word-of-the-server") } });
    expect(await made.agent.run(task, taskContext(made.place))).toMatchObject({ ok: true });
    expect(await made.sent?.()).toContain("word-of-the-server");
  });

  it("is given a skill", async (test) => {
    const made = await able(["skill", "skills"], test);
    await give(made.place.cwd, ".claude/skills/greeting/SKILL.md", "greeting");
    const task = agentTask({ skills: ["greeting"] });
    expect(await made.agent.run(task, taskContext(made.place))).toMatchObject({ ok: true });
    expect(await made.sent?.()).toContain("word-of-greeting");
  });

  it("is given a subagent", async (test) => {
    const made = await able(["subagent", "subagents"], test);
    await give(made.place.cwd, ".claude/agents/helper.md", "helper");
    const task = agentTask({ subagents: ["helper"] });
    expect(await made.agent.run(task, taskContext(made.place))).toMatchObject({ ok: true });
    expect(await made.sent?.()).toContain("word-of-helper");
  });

  it("uses the model that the step names", async (test) => {
    const made = await able(["answers", "model"], test);
    await made.agent.run(agentTask({ model: "model-of-the-step" }), taskContext(made.place));
    expect(await made.sent?.()).toContain("model-of-the-step");
  });

  it("thinks as long as the step says", async (test) => {
    const made = await able(["answers", "thinking"], test);
    const told: unknown[] = [];
    for (const effort of ["low", "high"] as const) {
      await made.agent.run(agentTask({ effort }), taskContext(made.place));
      told.push(await made.thinking?.());
    }
    expect(told[0]).not.toEqual(told[1]);
  });

  describeAsking(able);
}

/** What it is asked to show, and which abilities that takes. */
type Able = (
  need: readonly [AgentScenario, ...(readonly (keyof AgentAbilities)[])],
  test: TestContext,
) => ReturnType<FixtureFor>;

const absent: ReadonlySet<unknown> = new Set([false, "none"]);

/** A call that nothing allows: it is stopped before, and goes on or not as a person decides. */
function describeAsking(able: Able): void {
  it.for([
    ["is made when a person allows it", true],
    ["is not made when a person denies it", false],
  ] as const)("a call that nothing allows %s", async ([, allow], test) => {
    const { agent, place } = await able(["asks", "permissions"], test);
    if (agent.abilities.permissions !== "ask") return test.skip("it is denied");
    const task: AgentTask = agentTask({ permissions: "ask" });
    const stopped = await agent.run(task, taskContext(place));
    expect(stopped).toMatchObject({
      ok: false,
      deferred: { id: expect.any(String), tool: expect.any(String) },
    });
    await expect(readFile(join(place.cwd, "made.txt"))).rejects.toThrow("ENOENT");
    const decided = { id: stopped.deferred?.id ?? "", allow, note: "as the person says" };
    const outcome = await agent.run({ ...task, decided }, taskContext(place));
    expect(outcome.deferred).toBeUndefined();
    const made = await readFile(join(place.cwd, "made.txt"), "utf8").catch(() => "");
    expect(made).toBe(allow ? "made\n" : "");
    expect(outcome.ok || !allow).toBe(true);
  });
}

/** A skill or subagent whose text only whoever uses it is told. */
async function give(cwd: string, path: string, name: string): Promise<void> {
  const file = join(cwd, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `---\nname: ${name}\ndescription: What is said in a ${name}\n---\nSay word-of-${name}.\n`,
  );
}

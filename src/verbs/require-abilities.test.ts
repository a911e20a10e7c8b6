import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { TuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import type { Agent, AgentAbilities } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const able = (name: string, over: Partial<AgentAbilities> = {}): Agent => ({
  name,
  abilities: { ...everyAbility, ...over },
  probe: async () => ({ available: true }),
  run: async () => ({ ok: true, output: "done" }),
});

const poor = able("poor", {
  schema: "none",
  tools: false,
  permissions: "deny",
  files: false,
  mcp: false,
  skills: false,
  subagents: false,
  model: false,
  thinking: false,
});

async function open() {
  const cwd = temporaryFolder();
  const tutti = await openTutti({
    cwd,
    home: join(cwd, ".tutti"),
    agents: [poor, able("plain", { model: false }), able("rich")],
  });
  onTestFinished(() => tutti.close());
  const source = (steps: readonly JsonObject[], rest: JsonObject = {}) =>
    ({
      kind: "object",
      value: { name: "x", mcp_servers: { words: { command: "words" } }, chain: { steps }, ...rest },
    }) as const;
  return { tutti, source, cwd };
}

const step = { name: "a", prompt: "do it", agent: "poor" };
const failure = async (promise: Promise<unknown>): Promise<TuttiError> =>
  promise.then(
    () => expect.fail("it was not refused"),
    (error: TuttiError) => error,
  );

describe("a step that needs what its agent cannot do", () => {
  it.each<[string, JsonObject]>([
    ["output", { output: { type: "object" } }],
    ["tools", { tools: ["Read"] }],
    ["writes", { writes: ["src/**"] }],
    ["gates: files", { gates: [{ files: { require: ["a.txt"] } }] }],
    ["mcp_servers", { mcp_servers: ["words"] }],
    ["skills", { skills: ["style"] }],
    ["subagents", { subagents: ["reviewer"] }],
    ["permissions: ask", { permissions: "ask" }],
    ["model", { model: "large" }],
    ["effort", { effort: "high" }],
    ["thinking", { thinking: "extended" }],
    ["context_window: references", { context_window: { references: { over: 10 } } }],
  ])("is refused before anything is spent: %s", async (key, more) => {
    const { tutti, source } = await open();
    const loaded = await tutti.load(source([{ ...step, ...more }]));
    const error = await failure(tutti.start(loaded));
    expect(error).toMatchObject({
      code: "AGENT_CANNOT",
      message: `Cannot give step "a" to the agent "poor": it cannot do what is asked with \`${key}\``,
      fix: expect.stringContaining("use an agent that can: "),
    });
    expect(await tutti.runs()).toEqual([]);
  });

  it("is refused as a plan and by a check, with all that is asked of it, and is good for an agent that can", async () => {
    const { tutti, source } = await open();
    const given = source([{ ...step, skills: ["style"], effort: "low" }]);
    const { workflow } = await tutti.load(given);
    expect((await failure(tutti.plan(workflow))).message).toContain("`skills`, `effort`");
    const checked = await tutti.check(given);
    expect(checked.workflow).toBeUndefined();
    expect(checked.problems).toMatchObject([{ severity: "error", code: "AGENT_CANNOT" }]);
    await expect(tutti.plan(workflow, { agent: "rich" })).resolves.toMatchObject({ steps: 1 });
  });

  it("is not refused for what the workflow says of all prompts: its values stay in its own", async () => {
    const { tutti, source } = await open();
    const window = { context_window: { references: { over: 10 } } };
    const loaded = await tutti.load(source([step], window));
    await expect(tutti.checkStart(loaded)).resolves.toEqual({});
    expect(loaded.workflow.fileless).toContain("poor");
    expect(loaded.workflow.fileless).not.toContain("rich");
  });

  it.each([
    [{ summarize: { over: 10, agent: "poor" } }, "`context_window: summarize`"],
    [{ summarize: { over: 10, agent: "plain", model: "small" } }, "`model`"],
  ])("is refused for who is to tell its values in short: %j", async (context_window, keys) => {
    const { tutti, source } = await open();
    for (const given of [
      source([{ ...step, agent: "rich", context_window }]),
      source([{ ...step, agent: "rich" }], { context_window }),
    ]) {
      const error = await failure(tutti.checkStart(await tutti.load(given)));
      expect(error.code).toBe("AGENT_CANNOT");
      expect(error.message).toContain('Cannot give summaries for step "a" to the agent "p');
      expect(error.message).toContain(keys);
    }
  });

  it("is named with its place where it was read from a text", async () => {
    const { tutti } = await open();
    const text =
      'agent: poor\nchain:\n  - { name: b, run: "true" }\n  - name: a\n    prompt: x\n    writes: [a]\n';
    const source = { kind: "text", text, origin: "w.yaml" } as const;
    const place = { file: "w.yaml", line: 4 };
    expect((await tutti.check(source)).problems).toMatchObject([{ code: "AGENT_CANNOT", source: place }]);
    const loaded = await tutti.load(source);
    expect((await failure(tutti.plan(loaded.workflow))).source).toMatchObject(place);
    expect((await failure(tutti.checkStart(loaded))).source).toMatchObject(place);
  });

  it("may have a model that is only the default of all steps, but none that is named for this run", async () => {
    const { tutti, source } = await open();
    const loaded = await tutti.load(source([step], { model: "large" }));
    await expect(tutti.checkStart(loaded)).resolves.toEqual({});
    const error = await failure(tutti.checkStart(loaded, { overrides: { model: "small" } }));
    expect(error.message).toContain("`model`");
  });

  it("is refused for a backup, too, which needs no model of another agent", async () => {
    const { tutti, source } = await open();
    const backed = { ...step, agent: "rich", fallback_agents: ["poor"], model: "large" };
    await expect(tutti.checkStart(await tutti.load(source([backed])))).resolves.toEqual({});
    const loaded = await tutti.load(source([{ ...backed, skills: ["style"] }]));
    expect((await failure(tutti.checkStart(loaded))).message).toContain('the agent "poor"');
  });

  it("is refused for the agent that is named for this run, wherever the step is", async () => {
    const { tutti, source } = await open();
    const inner = { ...step, agent: "rich", output: { type: "object" } };
    const undone = {
      run: "true",
      name: "b",
      undo: { prompt: "take it back", agent: "rich", tools: ["Read"] },
    };
    const loaded = await tutti.load(source([{ repeat: { max: 2 }, name: "r", steps: [inner] }, undone]));
    await expect(tutti.checkStart(loaded)).resolves.toEqual({});
    const { problems } = await failure(tutti.checkStart(loaded, { overrides: { agent: "poor" } }));
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('step "r#/a"'),
      expect.stringContaining('step "b (undo)"'),
    ]);
  });

  it.each([
    ["skills", ".claude/skills/style/SKILL.md", "UNKNOWN_SKILL"],
    ["subagents", ".claude/agents/style.md", "UNKNOWN_SUBAGENT"],
  ])("is refused when it misspells what the project has: %s", async (key, path, code) => {
    const { tutti, source, cwd } = await open();
    mkdirSync(join(cwd, path, ".."), { recursive: true });
    writeFileSync(join(cwd, path), "---\nname: style\ndescription: how to write\n---\nShort.\n");
    const given = (name: string) => source([{ ...step, agent: "rich", [key]: [name] }]);
    const error = await failure(tutti.checkStart(await tutti.load(given("stlye"))));
    expect(error).toMatchObject({ code, fix: 'did you mean "style"?' });
    expect((await tutti.check(given("stlye"))).problems).toMatchObject([{ code }]);
    for (const name of ["style", "something-of-the-agent"])
      await expect(tutti.checkStart(await tutti.load(given(name)))).resolves.toEqual({});
  });

  it("is refused when the agent is only to judge, and has to say how", async () => {
    const { tutti, source } = await open();
    const judged = { name: "a", run: "true", gates: [{ judge: { criteria: "it is short", agent: "poor" } }] };
    const error = await failure(tutti.checkStart(await tutti.load(source([judged]))));
    expect(error.message).toContain('Cannot give judge of step "a" to the agent "poor"');
  });
});

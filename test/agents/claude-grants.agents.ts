import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentTask } from "../../src/ports/agent.ts";
import { agentTask, countSchema, taskContext } from "../../src/testing/agent-task.ts";
import { wordServer } from "../../src/testing/word-server.ts";
import { text, tool, tools } from "../model-server/replies.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

/** What one step brings along for the real Claude Code: MCP servers, skills, subagents, and people who are asked. */

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    ".claude/commands/family/cmd.md": "---\ndescription: Does it\n---\nDo this: $ARGUMENTS\n",
    ".claude/skills/greeting/SKILL.md": "---\nname: greeting\ndescription: How to greet\n---\nSay hello.\n",
    ".claude/agents/helper.md": "---\nname: helper\ndescription: Helps\n---\nYou help.\n",
    ".mcp.json": JSON.stringify({ mcpServers: { theirs: { command: "true" } } }),
  });
});
afterAll(() => claude.close());

const run = (task: AgentTask) => claude.agent.run(task, taskContext({ cwd: claude.cwd, env: claude.env }));
const toolNames = () => claude.server.requests[0]?.tools.map(({ name }) => name) ?? [];
const leftFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("tutti-"));

describe("MCP servers of a step", () => {
  it("are the only ones, and their secrets are in no command line and in no file afterwards", async () => {
    const before = leftFolders();
    let table = "";
    claude.server.play(() => {
      table = execFileSync("ps", ["-A", "-o", "command="], { encoding: "utf8", maxBuffer: 64e6 });
      return text("hi");
    });
    const task = agentTask({ mcpServers: { words: wordServer("s3cret-of-the-server") } });
    expect(await run(task)).toMatchObject({ ok: true });
    expect(table).toContain("--mcp-config");
    expect(table).not.toContain("s3cret-of-the-server");
    expect(leftFolders()).toEqual(before);
    expect(JSON.stringify(claude.server.requests)).not.toContain("mcp__theirs");
  });

  it("that cannot be reached end the step", async () => {
    claude.server.play([text("hi"), text("hi")]);
    const gone = { command: "/nowhere/to-be-found", args: [], env: {} };
    const outcome = await run(agentTask({ mcpServers: { gone } }));
    expect(outcome).toMatchObject({ ok: false, failure: { code: "MCP_UNAVAILABLE" } });
    expect(outcome.failure?.message).toContain('"gone"');
  });

  it("are there for a step that lists its tools, too", async () => {
    claude.server.play([tool("mcp__words__say", {}), text("said")]);
    const mcpServers = { words: wordServer("a word") };
    expect(await run(agentTask({ tools: ["Read"], mcpServers }))).toMatchObject({ ok: true, output: "said" });
    expect(toolNames()).not.toContain("Write");
    expect(JSON.stringify(claude.server.requests[1]?.messages)).toContain("a word");
  });
});

describe("skills and subagents of a step", () => {
  it.each([
    [{ skills: ["greetings"] }, "UNKNOWN_SKILL", 'did you mean "greeting"?'],
    [{ subagents: ["helpers"] }, "UNKNOWN_SUBAGENT", 'did you mean "helper"?'],
  ])("that are not there end it before a model is asked: %j", async (given, code, fix) => {
    claude.server.play([text("hi")]);
    expect(await run(agentTask(given))).toMatchObject({ ok: false, failure: { code, fix } });
    expect(claude.server.requests).toEqual([]);
  });

  it("may be used by a step that lists its tools", async () => {
    claude.server.play([tool("Skill", { skill: "greeting" }), text("hello")]);
    const task = agentTask({ tools: ["Read"], skills: ["greeting"] });
    expect(await run(task)).toMatchObject({ ok: true, output: "hello" });
    expect(JSON.stringify(claude.server.requests)).toContain("Say hello.");
  });
});

describe("what several steps share", () => {
  it("is said in the system prompt, and not with the work", async () => {
    claude.server.play([text("hi")]);
    await run(agentTask({ preamble: "The house rules." }));
    const [request] = claude.server.requests;
    expect(JSON.stringify(request?.system)).toContain("The house rules.");
    expect(JSON.stringify(request?.messages)).not.toContain("The house rules.");
  });
});

describe("a step whose calls people are asked about", () => {
  const shell = tool("Bash", { command: "echo made > made.txt && npm --version", description: "makes" });

  it("may be a slash command", async () => {
    claude.server.play([shell, text("done")]);
    const task = agentTask({
      work: claude.command("family:cmd", { arguments: "the work" }),
      permissions: "ask",
    });
    const stopped = await run(task);
    expect(stopped).toMatchObject({ deferred: { tool: "Bash" } });
    expect(JSON.stringify(claude.server.requests[0]?.messages)).toContain("Do this: the work");
    const { id = "", kept = null } = stopped.deferred ?? {};
    expect(await run({ ...task, decided: { id, kept, allow: true } })).toMatchObject({
      ok: true,
      output: "done",
    });
  });

  it("may have an output of a declared shape", async () => {
    claude.server.play([shell, tool("StructuredOutput", { count: 3 })]);
    const task = agentTask({ schema: countSchema, permissions: "ask" });
    const stopped = await run(task);
    const { id = "", kept = null } = stopped.deferred ?? {};
    expect(await run({ ...task, decided: { id, kept, allow: true } })).toMatchObject({
      ok: true,
      output: { count: 3 },
    });
  });

  it("may make several calls at once: what nothing allows is asked about when it comes again by itself", async () => {
    const ls = tool("Bash", { command: "ls", description: "looks" });
    claude.server.play([tools(ls, shell), shell, text("done")]);
    const task = agentTask({ permissions: "ask" });
    const stopped = await run(task);
    expect(stopped).toMatchObject({ deferred: { tool: "Bash", input: shell.input } });
    expect(JSON.stringify(claude.server.requests[1]?.messages)).toContain("exactly the same call once more");
    const { id = "", kept = null } = stopped.deferred ?? {};
    expect(await run({ ...task, decided: { id, kept, allow: true } })).toMatchObject({ ok: true });
  });

  it("asks nobody about a call of a subagent, which is denied", async () => {
    const helps = tool("Agent", { subagent_type: "helper", description: "helps", prompt: "help" });
    claude.server.play([helps, shell, text("it could not"), text("done")]);
    const outcome = await run(agentTask({ permissions: "ask", subagents: ["helper"] }));
    expect(outcome).toMatchObject({ ok: false, failure: { code: "AGENT_DENIED" } });
    expect(outcome.deferred).toBeUndefined();
    expect(JSON.stringify(claude.server.requests)).toContain(
      "nobody can be asked about a call of a subagent",
    );
  });

  it("edits below its folder, and reads, without a question", async () => {
    const file = `${claude.cwd}/src/new.ts`;
    claude.server.play([tool("Write", { file_path: file, content: "x\n" }), text("done")]);
    expect(await run(agentTask({ permissions: "ask" }))).toMatchObject({ ok: true, details: { turns: 1 } });
  });
});

import { readFile, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionIdOf } from "../../src/executors/session-id.ts";
import { agentTask, taskContext } from "../../src/testing/agent-contract.ts";
import { text, tool } from "../model-server/replies.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    ".claude/commands/review/scan.md":
      "---\ndescription: Looks for problems\nargument-hint: <path> <depth>\n---\nScan $0 at depth $1. All: $ARGUMENTS.\n",
    ".claude/commands/review/fix.md": "---\ndescription: Fixes one problem\n---\nFix this: $ARGUMENTS\n",
    ".claude/commands/review/report.md": "---\ndescription: Reports\n---\nReport on $ARGUMENTS\n",
    "src/a.js": "let a = 1\n",
  });
});
afterAll(() => claude.close());

const sentTo = () => JSON.stringify(claude.server.requests.map((request) => request.messages));
const context = (over: Partial<Parameters<typeof taskContext>[0]> = {}) =>
  taskContext({ cwd: claude.cwd, env: claude.env, ...over });

describe("a chain of three commands on the real Claude Code", () => {
  it("passes arguments on, edits a file and counts what each step cost", async () => {
    const schema = {
      type: "object",
      properties: { issues: { type: "array", items: { type: "string" } } },
      required: ["issues"],
    };
    claude.server.play([tool("StructuredOutput", { issues: ["missing semicolon"] })]);
    const scan = await claude.agent.run(
      agentTask({ work: claude.command("review:scan", { arguments: "src/a.js deep" }), schema }),
      context({ address: "scan" }),
    );
    expect(scan).toMatchObject({ ok: true, output: { issues: ["missing semicolon"] } });
    expect(scan.usage?.costUsd).toBeGreaterThan(0);
    expect(sentTo()).toContain("Scan src/a.js at depth deep. All: src/a.js deep.");

    const file = join(claude.cwd, "src/a.js");
    claude.server.play([
      tool("Read", { file_path: file }),
      tool("Edit", { file_path: file, old_string: "let a = 1", new_string: "let a = 1;" }),
      text("fixed"),
    ]);
    const fix = await claude.agent.run(
      agentTask({ work: claude.command("review:fix", { arguments: "missing semicolon" }) }),
      context({ address: "fix" }),
    );
    expect(fix).toMatchObject({ ok: true, output: "fixed" });
    expect(await readFile(file, "utf8")).toBe("let a = 1;\n");
    expect(sentTo()).toContain("Fix this: missing semicolon");

    claude.server.play([text("all is well")]);
    const report = await claude.agent.run(
      agentTask({ work: claude.command("review:report", { arguments: "src/a.js" }), context: { fixed: 1 } }),
      context({ address: "report" }),
    );
    expect(report).toMatchObject({ ok: true, output: "all is well" });
    expect(sentTo()).toContain("Report on src/a.js");
    expect(JSON.stringify(claude.server.requests[0]?.system)).toContain('\\"fixed\\": 1');
  });
});

describe("the real Claude Code", () => {
  it("is found with its version", async () => {
    expect(await claude.agent.probe()).toEqual({ available: true, version: "2.1.329" });
  });

  it("gives an output whose schema is a list, and true or false for claims", async () => {
    claude.server.play([tool("StructuredOutput", { value: [1, 2] })]);
    const list = agentTask({ schema: { type: "array", items: { type: "integer" } } });
    expect(await claude.agent.run(list, context())).toMatchObject({ ok: true, output: [1, 2] });
    const answer = { answer: "done", quality_metrics: { tests_pass: true } };
    claude.server.play([tool("StructuredOutput", answer)]);
    const claims = agentTask({ claims: ["tests_pass"] });
    expect(await claude.agent.run(claims, context())).toMatchObject({ ok: true, output: answer });
  });

  it("asks once more in the same session when the output is missing, and counts both", async () => {
    claude.server.play([text("one"), text("one"), tool("StructuredOutput", { count: 1 })]);
    const schema = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
    const outcome = await claude.agent.run(agentTask({ schema }), context());
    expect(outcome).toMatchObject({ ok: true, output: { count: 1 }, details: { turns: 2 } });
    expect(outcome.usage).toMatchObject({ costUsd: 0.0024, inputTokens: 300, outputTokens: 60 });
  });

  it("continues a session after its process was killed", async () => {
    const task = agentTask();
    const cut = new AbortController();
    claude.server.play((_, index) => {
      if (index === 0) return tool("Bash", { command: "ls", description: "looks" });
      cut.abort(new Error("crash"));
      return { kind: "silence" };
    });
    await expect(claude.agent.run(task, context({ signal: cut.signal }))).rejects.toThrow("crash");
    expect(claude.pids(task.sessionId)).toEqual([]);
    claude.server.play([text("went on")]);
    const outcome = await claude.agent.run(task, context());
    expect(outcome).toMatchObject({ ok: true, output: "went on", details: { resumed: true } });
    // The call that ended before the TERM and the one after it; the program wrote the first one down.
    expect(outcome.usage?.costUsd).toBe(0.0016);
    expect(sentTo()).toContain("say hi");
  });

  it("takes the session ids that tutti makes", async () => {
    const sessionId = sessionIdOf({ runId: "run", effectId: "step#1" });
    claude.server.play([text("ok")]);
    const outcome = await claude.agent.run(agentTask({ sessionId }), context());
    expect(outcome).toMatchObject({ ok: true, details: { session: sessionId } });
  });

  it("never counts the cost of a session twice", async () => {
    const task = agentTask();
    claude.server.play([text("a"), text("b")]);
    const first = await claude.agent.run(task, context());
    const second = await claude.agent.run(task, context());
    expect([first.usage?.costUsd, second.usage?.costUsd]).toEqual([0.0008, 0.0008]);
  });

  it("leaves no tool running after an abort", async () => {
    const task = agentTask({ tools: ["Bash"] });
    const cancel = new AbortController();
    claude.server.play([tool("Bash", { command: "sleep 600", description: "waits" })]);
    const print = (line: string) => {
      if (line.includes("sleep 600")) setTimeout(() => cancel.abort(new Error("stop")), 300);
    };
    const run = claude.agent.run(task, context({ signal: cancel.signal, print }));
    await expect(run).rejects.toThrow("stop");
    expect(claude.pids(task.sessionId)).toEqual([]);
  });

  it("sends the expanded text when the user's own command hides the project's", async () => {
    const own = join(claude.home, ".claude/commands/hidden.md");
    await mkdir(join(claude.home, ".claude/commands"), { recursive: true });
    await writeFile(own, "---\ndescription: mine\n---\nThe user's own\n");
    await claude.write({ ".claude/commands/hidden.md": "---\ndescription: theirs\n---\nThe project's\n" });
    claude.server.play([text("ok")]);
    await claude.agent.run(agentTask({ work: claude.command("hidden") }), context());
    expect(sentTo()).toContain("EXPANDED hidden");
    claude.server.play([text("ok")]);
    await claude.agent.run(agentTask({ work: claude.command("hidden", { file: own }) }), context());
    expect(sentTo()).toContain("The user's own");
  });

  it("takes a prompt that begins with a slash for text", async () => {
    claude.server.play([text("ok")]);
    const work = { kind: "prompt", prompt: "/review:report x" } as const;
    await claude.agent.run(agentTask({ work }), context());
    expect(sentTo()).not.toContain("Report on x");
  });

  it("takes a prompt of 300 KB and a context too long for a command line", async () => {
    const long = "x".repeat(300_000);
    claude.server.play([text("ok")]);
    const work = { kind: "prompt", prompt: `${long} end-of-prompt` } as const;
    expect(await claude.agent.run(agentTask({ work }), context())).toMatchObject({ ok: true });
    expect(sentTo()).toContain("end-of-prompt");
    claude.server.play([text("ok")]);
    const task = agentTask({
      work: claude.command("review:report"),
      context: { long, end: "end-of-context" },
    });
    expect(await claude.agent.run(task, context())).toMatchObject({ ok: true });
    expect(JSON.stringify(claude.server.requests[0]?.system)).toContain("end-of-context");
  });

  it("gets only the tools that a prompt names", async () => {
    claude.server.play([text("ok")]);
    await claude.agent.run(agentTask({ tools: ["Read", "Bash(npm test)"] }), context());
    const names = claude.server.requests[0]?.tools.map((one) => one.name) ?? [];
    expect(names).toEqual(expect.arrayContaining(["Read", "Bash"]));
    expect(names).not.toContain("Write");
  });
});

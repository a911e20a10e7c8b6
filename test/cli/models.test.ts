import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { wordServer } from "../../src/testing/word-server.ts";
import { text, tool, type Reply } from "../model-server/replies.ts";
import { startModelServer, type ModelServer } from "../model-server/server.ts";
import { Project } from "./tutti.ts";

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
  onTestFinished(() => server.close());
});

const count = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };

/** A project in which `agent: model` asks the scripted server, and `agent: other` too, by Anthropic's protocol. */
function projectOf(steps: readonly object[], replies: readonly Reply[]): Project {
  server.play(replies);
  const base_url = `${server.url}/v1`;
  const prices = { input: 1000, output: 1000 };
  return new Project({
    "tutti.yaml": JSON.stringify({
      models: { default: { base_url, model: "small", api_key: "A_KEY", prices } },
      agents: { other: { model: { provider: "anthropic", base_url, model: "large", prices } } },
    }),
    "w.yaml": JSON.stringify({ agent: "model", workspace: "shared", chain: steps }),
  });
}

const env = { A_KEY: "sk-very-secret" };

describe("a workflow on models", () => {
  it("works in files, is held to shapes, and says what it cost", async () => {
    const project = projectOf(
      [
        { name: "make", prompt: "make it", tools: ["Write", "Bash(cat *)"], output: count },
        { name: "say", agent: "other", prompt: "say ${ make.output.count }", mcp_servers: ["words"] },
      ],
      [
        tool("write_file", { path: "made.txt", content: "made\n" }),
        tool("run", { command: "cat made.txt" }),
        text('{"count":3}'),
        tool("mcp__words__say", {}),
        text("said"),
      ],
    );
    const workflow = JSON.parse(readFileSync(project.path("w.yaml"), "utf8")) as object;
    const mcp_servers = { words: wordServer("the-word") };
    project.write({ "w.yaml": JSON.stringify({ ...workflow, mcp_servers }) });
    const { status, values } = await project.json(["run", "w.yaml"], { env });
    expect(status).toBe(0);
    expect(JSON.stringify(values.at(-1))).toContain('"costUsd":0.6');
    expect(readFileSync(project.path("made.txt"), "utf8")).toBe("made\n");
    expect(server.requests.map(({ dialect, model }) => [dialect, model])).toEqual([
      ...Array.from({ length: 3 }, () => ["chat", "small"]),
      ["anthropic", "large"],
      ["anthropic", "large"],
    ]);
    expect(JSON.stringify(server.requests.at(-1)?.messages)).toContain("the-word");
    expect(JSON.stringify(server.requests)).toContain("say 3");
  });

  it("goes on after kill -9 where it was: no call is made and no answer is asked for twice", async () => {
    const project = projectOf(
      [{ name: "make", prompt: "make it", tools: ["Bash"] }],
      [
        tool("run", { command: "echo once >> log" }),
        tool("run", { command: "echo twice >> log; echo begun; exec sleep 300" }),
        text("done"),
      ],
    );
    const first = project.begin(["run", "w.yaml", "--json"], { env });
    await expect.poll(() => server.requests.length).toBe(2);
    await expect.poll(() => readFileSync(project.path("log"), "utf8")).toBe("once\ntwice\n");
    first.child.kill("SIGKILL");
    await first.ended;
    const { status, stdout } = await project.call(["resume", "@last", "--json"], { env });
    expect(status, stdout).toBe(0);
    expect(server.requests).toHaveLength(3);
    expect(JSON.stringify(server.requests.at(-1)?.messages)).toContain("interrupted");
    expect(readFileSync(project.path("log"), "utf8")).toBe("once\ntwice\n");
  });

  it("asks a person about a call that nothing allows, and goes on in the same session", async () => {
    const project = projectOf(
      [{ name: "make", prompt: "make it", tools: ["Read"], permissions: "ask" }],
      [tool("write_file", { path: "made.txt", content: "made\n" }), text("done")],
    );
    const run = await project.call(["run", "w.yaml"], { env });
    expect([run.status, run.stdout]).toEqual([3, expect.stringContaining("use Write with")]);
    expect((await project.call(["approve", "@last", "make"], { env })).status).toBe(0);
    expect(readFileSync(project.path("made.txt"), "utf8")).toBe("made\n");
    expect(server.requests).toHaveLength(2);
  });

  it("is refused before anything is asked when the key is missing, and never shows the key", async () => {
    const project = projectOf([{ name: "a", prompt: "a", tools: ["Bash"] }], [text("sk-very-secret")]);
    const without = await project.call(["run", "w.yaml"]);
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining("A_KEY")]);
    expect(server.requests).toHaveLength(0);
    const { stdout, stderr } = await project.call(["run", "w.yaml"], { env });
    const shown = await project.call(["show", "@last", "a"], { env });
    expect(stdout + stderr + shown.stdout).not.toContain("sk-very-secret");
    expect(shown.stdout).toContain("***");
  });
});

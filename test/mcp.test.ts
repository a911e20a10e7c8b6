import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti } from "../src/engine.ts";
import type { Agent, AgentTask } from "../src/ports/agent.ts";
import { everyAbility } from "../src/testing/agent-abilities.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import { startHttpToolServer } from "./mcp-server/http.ts";

const script = fileURLToPath(new URL("mcp-server/stdio.ts", import.meta.url));
const server = (env: string): string => `{command: "${process.execPath}", args: ["${script}"], env: ${env}}`;

/** An agent that remembers what it was given. */
function listening(): { readonly agent: Agent; readonly tasks: AgentTask[] } {
  const tasks: AgentTask[] = [];
  const agent: Agent = {
    name: "listening",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async (task) => {
      tasks.push(task);
      return { ok: true, output: "heard" };
    },
  };
  return { agent, tasks };
}

async function project(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".git"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const { agent, tasks } = listening();
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), agents: [agent] });
  onTestFinished(() => tutti.close());
  const run = async (name: string) => {
    const handle = await tutti.start(await tutti.load({ kind: "file", path: join(cwd, name) }));
    return handle.done;
  };
  return { tutti, cwd, tasks, run };
}

describe("MCP servers of a workflow", () => {
  it("do the work of steps, with inputs and secrets that nobody sees", async () => {
    vi.stubEnv("MAGIC", "xyzzy-plugh");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { run, tutti, cwd } = await project({
      "w.yaml": `
workspace: none
inputs: {a: {type: number, default: 40}}
mcp_servers: {tools: ${server('{WORD: "${ secrets.MAGIC }", PLAIN: "a is ${ inputs.a }"}')}}
chain:
  - {name: sum, mcp: tools.add, with: {a: "\${ inputs.a }", b: 2}}
  - {name: half, mcp: tools.add, args: {a: "\${ sum.output.sum }", b: -21}}
  - {name: plain, mcp: {server: tools, tool: variable}, with: {name: PLAIN}}
  - {name: secret, mcp: {server: tools, tool: variable}, with: {name: WORD}}
`,
    });
    const { view, status } = await run("w.yaml");
    expect(status).toBe("completed");
    expect(view.nodes.map(({ output }) => output)).toEqual([{ sum: 42 }, { sum: 21 }, "a is 40", "***"]);
    await tutti.close();
    expect(readFileSync(join(cwd, ".tutti", "tutti.db")).includes("xyzzy-plugh")).toBe(false);
  });

  it("are those of its own file where another workflow calls it, and those of the project", async () => {
    const http = await startHttpToolServer();
    onTestFinished(() => http.close());
    const { run } = await project({
      "tutti.yaml": `mcp_servers: {far: {url: "${http.url}"}, tools: {command: no-such-program}}`,
      "inner.yaml": `
inputs: {word: string}
mcp_servers: {tools: ${server('{WORD: "${ inputs.word }"}')}}
chain: [{name: said, mcp: tools.variable, with: {name: WORD}}]
`,
      "w.yaml": `
workspace: none
mcp_servers: {tools: ${server("{WORD: outer}")}}
chain:
  - {name: inline, workflow: ./inner.yaml, with: {word: first}}
  - {name: child, workflow: ./inner.yaml, with: {word: second}, mode: child}
  - {name: own, mcp: tools.variable, with: {name: WORD}}
  - {name: far, mcp: far.add, with: {a: 1, b: 1}}
`,
    });
    const { view, status } = await run("w.yaml");
    expect(status).toBe("completed");
    const outputs = Object.fromEntries(view.nodes.map(({ address, output }) => [address, output]));
    expect(outputs).toMatchObject({
      "inline/said": "first",
      child: { said: "second" },
      own: "outer",
      far: { sum: 2 },
    });
  });

  it("go to the agents of the steps that name them, with their secrets", async () => {
    vi.stubEnv("MAGIC", "xyzzy-plugh");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { run, tasks } = await project({
      "w.yaml": `
workspace: none
agent: listening
mcp_servers:
  one: {command: one, args: ["--x"], env: {KEY: "\${ secrets.MAGIC }"}}
  two: {url: "https://example.com/mcp", headers: {authorization: "Bearer \${ secrets.MAGIC }"}}
chain:
  - {prompt: with both, mcp_servers: [one, two]}
  - {prompt: with none}
`,
    });
    expect((await run("w.yaml")).status).toBe("completed");
    expect(tasks.map(({ mcpServers }) => mcpServers)).toEqual([
      {
        one: { command: "one", args: ["--x"], env: { KEY: "xyzzy-plugh" } },
        two: { url: "https://example.com/mcp", headers: { authorization: "Bearer xyzzy-plugh" } },
      },
      undefined,
    ]);
  });

  it("have tools that take work back", async () => {
    const { run } = await project({
      "w.yaml": `
workspace: none
mcp_servers: {tools: ${server("{}")}}
chain:
  - name: made
    mcp: tools.add
    with: {a: 1, b: 2}
    undo: {mcp: tools.say, with: {text: "took back \${ made.output.sum }"}}
  - {name: broken, mcp: tools.fail}
`,
    });
    const { view, status } = await run("w.yaml");
    expect(status).toBe("failed");
    expect(view.nodes.find(({ address }) => address === "made")?.undo).toBe("undone");
  });

  it("that need a secret which is not there stop the run before it begins", async () => {
    const { run } = await project({
      "w.yaml": `
mcp_servers: {a: {command: x, env: {KEY: "\${ secrets.NOT_THERE }"}}}
chain: [{mcp: a.b}]
`,
    });
    await expect(run("w.yaml")).rejects.toMatchObject({ code: "SECRET_MISSING" });
  });
});

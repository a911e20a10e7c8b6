import { expect, it, onTestFinished } from "vitest";
import { text } from "../../../test/model-server/replies.ts";
import { driverParts } from "../../../test/model-server/driver-parts.ts";
import { startModelServer } from "../../../test/model-server/server.ts";
import { agentTask, taskContext } from "../../testing/agent-task.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { wordServer } from "../../testing/word-server.ts";
import { createModelAgent } from "./model.ts";

async function world() {
  const server = await startModelServer();
  onTestFinished(() => server.close());
  const own = { provider: "openai-compatible", model: "m", baseUrl: `${server.url}/v1` } as const;
  const agent = createModelAgent({
    models: { entries: {}, own },
    ...driverParts(),
  });
  const context = taskContext({ cwd: temporaryFolder(), env: { PATH: process.env["PATH"] ?? "" } });
  const run = (tools: readonly string[]) =>
    agent.run(agentTask({ mcpServers: { words: wordServer("the-word") }, tools }), context);
  return { server, run };
}

it.each([
  ["mcp__other__say", "UNKNOWN_SERVER", "mcp_servers"],
  ["mcp__words__sai", "UNKNOWN_TOOL", 'write "mcp__words__say"'],
  ["mcp__words__nothing_like_it", "UNKNOWN_TOOL", "use one of: mcp__words__say"],
])(
  "a task whose tools name what is not there fails before anything is asked: %s",
  async (name, code, fix) => {
    const { server, run } = await world();
    expect(await run(["Read", name])).toMatchObject({ failure: { code, fix: expect.stringContaining(fix) } });
    expect(server.requests).toEqual([]);
  },
);

it("a task may name its servers and their tools", async () => {
  const { server, run } = await world();
  server.play([text("done")]);
  expect(await run(["mcp__words__say", "mcp__words", "mcp__words__*"])).toMatchObject({ ok: true });
});

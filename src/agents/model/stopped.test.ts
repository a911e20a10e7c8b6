import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { text, tool } from "../../../test/model-server/replies.ts";
import { driverParts } from "../../../test/model-server/driver-parts.ts";
import { startModelServer } from "../../../test/model-server/server.ts";
import type { Usage } from "../../core/outcome.ts";
import { agentTask, taskContext } from "../../testing/agent-task.ts";
import { createModelAgent } from "./model.ts";

it("tells a stopped session's answers, and counts them where it goes on", async () => {
  const server = await startModelServer();
  const cwd = await mkdtemp(join(tmpdir(), "model-stopped-"));
  onTestFinished(async () => {
    await server.close();
    await rm(cwd, { recursive: true, force: true });
  });
  const prices = { input: 1000, output: 1000 };
  const own = { provider: "openai-compatible", model: "m", baseUrl: `${server.url}/v1`, prices } as const;
  const agent = () =>
    createModelAgent({
      models: { entries: {}, own },
      ...driverParts(),
      sessions: join(cwd, "sessions"),
    });
  const env = { PATH: process.env["PATH"] ?? "" };
  const stop = new AbortController();
  const told: Usage[] = [];
  const used = (usage: Usage): void => {
    told.push(usage);
    if (usage.atLeast && usage.costUsd !== 0) stop.abort(new Error("lost the race"));
  };

  server.play([tool("list_files", {}), text("done")]);
  const task = agentTask({ tools: ["Glob"] });
  const context = taskContext({ cwd, env, signal: stop.signal, used });
  await expect(agent().run(task, context)).rejects.toThrow("lost the race");
  expect(told.at(-1)).toMatchObject({ costUsd: 0.12, inputTokens: 100, outputTokens: 20, atLeast: true });

  // another process, with the same session: what it was cut off in is unknown, its answers are not
  server.play([text("done")]);
  const { usage } = await agent().run(task, taskContext({ cwd, env }));
  expect(usage).toMatchObject({ costUsd: 0.24, inputTokens: 200, atLeast: true });
});

import { expect, it } from "vitest";
import { agentTask } from "../../testing/agent-task.ts";
import { recordedRequest } from "./request.ts";

const redaction = { text: (text: string) => text, json: <T>(value: T) => value };
const recorded = (task: Parameters<typeof agentTask>[0]) =>
  recordedRequest(agentTask(task), { cwd: "/work", redaction: redaction as never });

it("a recorded request has what the agent was given by name, and no place of a server", () => {
  const mcpServers = {
    web: { url: "https://example.com/mcp", headers: { authorization: "Bearer x" } },
    files: { command: "server", args: [], env: { KEY: "x" } },
  };
  const request = recorded({ mcpServers, skills: ["greeting"], subagents: ["helper"] });
  expect(request).toEqual({
    prompt: "say hi",
    mcpServers: ["files", "web"],
    skills: ["greeting"],
    subagents: ["helper"],
  });
  expect(recorded({})).toEqual({ prompt: "say hi" });
});

import { describe, expect, it } from "vitest";
import { agentTask } from "../../testing/agent-contract.ts";
import { mcpConfig, rulesOf, toolArguments } from "./grants.ts";

const words = { command: "words", args: ["-x"], env: { TOKEN: "t" } };
const command = agentTask({
  work: {
    kind: "command",
    command: { name: "a:b", arguments: "", file: "/f", expanded: "", native: true },
  },
});

describe("what a task allows without being asked", () => {
  it("is its tools, its servers, its skills and its subagents", () => {
    const task = agentTask({
      tools: ["Read", "mcp__words__say"],
      mcpServers: { words, other: words },
      skills: ["style"],
      subagents: ["tester"],
    });
    expect(rulesOf(task)).toEqual(["Read", "mcp__words__say", "mcp__other", "Skill(style)", "Agent(tester)"]);
    expect(toolArguments(task).slice(0, 3)).toEqual(["--tools", "Read,Skill,Agent", "--allowedTools"]);
  });

  it("takes no tool away from a command, nor from a prompt that lists none", () => {
    const skills = ["style"];
    expect(toolArguments({ ...command, tools: ["Read"], skills })).toEqual([
      "--allowedTools",
      "Read",
      "Skill(style)",
    ]);
    expect(toolArguments(agentTask({ skills }))).toEqual(["--allowedTools", "Skill(style)"]);
    expect(toolArguments(agentTask())).toEqual([]);
    expect(toolArguments(agentTask({ tools: [] }))).toEqual(["--tools", ""]);
  });
});

describe("the file of MCP servers", () => {
  it("says how each is started or reached", () => {
    const far = { url: "https://far.test/mcp", headers: { Authorization: "Bearer t" } };
    expect(JSON.parse(mcpConfig({ words, far }))).toEqual({
      mcpServers: { words: { type: "stdio", ...words }, far: { type: "http", ...far } },
    });
  });
});

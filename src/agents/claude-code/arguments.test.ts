import { describe, expect, it } from "vitest";
import { agentTask } from "../../testing/agent-contract.ts";
import { probeArguments, turnArguments, type Call } from "./arguments.ts";
import { callEnvironment, providerEnvironment } from "./environment.ts";

const command = { name: "a", arguments: "", file: "/a", expanded: "", native: true };
const call: Call = { session: { id: "S", resume: false }, schema: undefined, budgetUsd: undefined };
const base = ["-p", "--output-format", "stream-json", "--verbose"];

describe("the command line", () => {
  it("holds a session and a permission mode, and not the prompt", () => {
    const args = turnArguments(agentTask(), { settings: {}, call });
    expect(args).toEqual([...base, "--session-id", "S", "--permission-mode", "acceptEdits"]);
  });

  it("holds everything the task and the settings say", () => {
    const args = turnArguments(agentTask({ model: "opus", effort: "high" }), {
      settings: { permissionMode: "plan", settingSources: "user", extraArgs: ["--bare"] },
      call: {
        session: { id: "S", resume: true },
        schema: { type: "object" },
        budgetUsd: 0.0000012,
        instructions: { text: "more" },
      },
    });
    expect(args.join(" ")).toBe(
      `${base.join(" ")} --resume S --permission-mode plan --setting-sources user --model opus --effort high ` +
        '--json-schema {"type":"object"} --max-budget-usd 0.000001 --append-system-prompt more --bare',
    );
  });

  it("writes small and round budgets as plain numbers", () => {
    const budgetOf = (budgetUsd: number) =>
      turnArguments(agentTask(), { settings: {}, call: { ...call, budgetUsd } }).at(-1);
    expect(budgetOf(10)).toBe("10");
    expect(budgetOf(0.5)).toBe("0.5");
    expect(budgetOf(1e-9)).toBe("0");
    expect(budgetOf(100)).toBe("100");
  });

  it("takes instructions from a file when they are too long for it", () => {
    const args = turnArguments(agentTask(), {
      settings: {},
      call: { ...call, instructions: { file: "/i" } },
    });
    expect(args.slice(-2)).toEqual(["--append-system-prompt-file", "/i"]);
  });

  it("bounds the tools of a prompt, each rule an argument of its own", () => {
    const tools = ["Read", "Bash(npm test)", "Bash(git *)", "mcp__db__query"];
    const args = turnArguments(agentTask({ tools }), { settings: {}, call });
    expect(args.slice(-7)).toEqual(["--tools", "Read,Bash", "--allowedTools", ...tools]);
    expect(turnArguments(agentTask({ tools: [] }), { settings: {}, call }).slice(-2)).toEqual([
      "--tools",
      "",
    ]);
  });

  it("only grants the tools of a command, as its front matter does", () => {
    const task = agentTask({ tools: ["Read"], work: { kind: "command", command } });
    expect(turnArguments(task, { settings: {}, call }).slice(-2)).toEqual(["--allowedTools", "Read"]);
    expect(turnArguments({ ...task, tools: [] }, { settings: {}, call })).not.toContain("--allowedTools");
  });

  it("asks for the list of commands under the same settings", () => {
    expect(probeArguments({ settingSources: "project", extraArgs: ["--bare"] }).join(" ")).toBe(
      "-p --input-format stream-json --output-format stream-json --verbose " +
        "--permission-mode acceptEdits --setting-sources project --bare",
    );
  });
});

describe("the environment", () => {
  it("is the provider's, the step's and what tutti needs, in this order", () => {
    const env = callEnvironment({
      provider: { ANTHROPIC_API_KEY: "p", ANTHROPIC_MODEL: "p" },
      step: { ANTHROPIC_MODEL: "s", HOME: "/s", CLAUDE_CODE_MAX_RETRIES: "99" },
      home: "/h",
      sessionId: "S",
    });
    expect(env).toEqual({
      ANTHROPIC_API_KEY: "p",
      ANTHROPIC_MODEL: "s",
      HOME: "/h",
      TUTTI_SESSION: "S",
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
      CLAUDE_CODE_STARTUP_FAILURE_RESULTS: "1",
      CLAUDE_CODE_MAX_RETRIES: "2",
      DISABLE_AUTOUPDATER: "1",
    });
    expect(
      callEnvironment({ provider: {}, step: { HOME: "/s" }, home: undefined, sessionId: "S" })["HOME"],
    ).toBe("/s");
  });

  it("takes from a provider's only what reaches and pays a model", () => {
    const source = {
      ANTHROPIC_BASE_URL: "u",
      CLAUDE_CODE_USE_BEDROCK: "1",
      https_proxy: "p",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDECODE: "1",
      SECRET_OF_MINE: "x",
      ANTHROPIC_MODEL: undefined,
    };
    expect(providerEnvironment(source)).toEqual({
      ANTHROPIC_BASE_URL: "u",
      CLAUDE_CODE_USE_BEDROCK: "1",
      https_proxy: "p",
    });
  });
});

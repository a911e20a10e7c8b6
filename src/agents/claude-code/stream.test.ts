import { describe, expect, it } from "vitest";
import { assert, constantFrom, dictionary, jsonValue, property, string } from "fast-check";
import { parseLine, toolLabel } from "./stream.ts";

const line = (message: object) => parseLine(JSON.stringify(message));

describe("a line of the stream", () => {
  it("is nothing when it is no JSON object, is cut, or is of a kind tutti has no use for", () => {
    expect(parseLine("Warning: something")).toBeUndefined();
    expect(parseLine('{"type":"result","result":"xx…')).toBeUndefined();
    expect(parseLine("[1]")).toBeUndefined();
    expect(line({ type: "stream_event" })).toBeUndefined();
    expect(line({ type: "system", subtype: "hook_started" })).toBeUndefined();
    expect(line({ type: "control_response", response: { subtype: "error" } })).toBeUndefined();
    expect(line({ no: "type" })).toBeUndefined();
  });

  it("never throws, whatever it holds", () => {
    const types = constantFrom("system", "assistant", "rate_limit_event", "control_response", "result");
    const subtypes = constantFrom("init", "api_retry", "success");
    assert(
      property(types, subtypes, dictionary(string(), jsonValue()), (type, subtype, rest) => {
        const given = { ...rest, message: rest, modelUsage: { m: rest }, type, subtype };
        expect(() => line(given)).not.toThrow();
      }),
    );
  });

  it("tells the commands a session knows", () => {
    const init = { type: "system", subtype: "init", slash_commands: ["family:cmd", 5], model: "m" };
    expect(line(init)).toEqual({
      kind: "init",
      model: "m",
      version: "",
      slashCommands: ["family:cmd"],
      mcpServers: [],
    });
    const commands = [{ name: "usr", description: "user one (user)" }, {}];
    expect(line({ type: "control_response", response: { response: { commands } } })).toEqual({
      kind: "commands",
      agents: [],
      commands: [
        { name: "usr", description: "user one (user)" },
        { name: "", description: "" },
      ],
    });
  });

  it("tells what the model said and which tools it called", () => {
    const message = {
      id: "msg_1",
      model: "claude-opus-5-5",
      content: [
        { type: "text", text: "hi" },
        { type: "tool_use", name: "Bash", input: { command: "ls" } },
        { type: "tool_use" },
      ],
      usage: { input_tokens: 1, cache_read_input_tokens: 2, output_tokens: 3 },
    };
    expect(line({ type: "assistant", message })).toEqual({
      kind: "assistant",
      id: "msg_1",
      texts: ["hi"],
      tools: [
        { name: "Bash", input: { command: "ls" } },
        { name: "", input: {} },
      ],
      synthetic: false,
      inputTokens: 3,
      cachedTokens: 2,
      outputTokens: 3,
    });
    expect(line({ type: "assistant", message: { model: "<synthetic>" } })).toMatchObject({ synthetic: true });
  });

  it("tells refusals that are waited for, and the limits of a subscription", () => {
    const retry = { type: "system", subtype: "api_retry", error: "rate_limit", error_status: 429 };
    expect(line({ ...retry, retry_delay_ms: 9 })).toEqual({
      kind: "retry",
      error: "rate_limit",
      status: 429,
      delayMs: 9,
    });
    expect(line({ type: "system", subtype: "api_retry", error_status: null })).toEqual({
      kind: "retry",
      error: "unknown",
      status: undefined,
      delayMs: 0,
    });
    const info = { status: "rejected", resetsAt: 1778565600 };
    expect(line({ type: "rate_limit_event", rate_limit_info: info })).toEqual({
      kind: "limit",
      status: "rejected",
      resetAt: 1_778_565_600_000,
    });
    expect(line({ type: "rate_limit_event", rate_limit_info: { status: "allowed" } })).toMatchObject({
      resetAt: undefined,
    });
  });

  it("tells a result with the totals of all its models", () => {
    const usage = {
      inputTokens: 100,
      outputTokens: 20,
      cacheReadInputTokens: 5,
      cacheCreationInputTokens: 1,
    };
    const result = {
      type: "result",
      subtype: "success",
      is_error: false,
      num_turns: 2,
      result: "hi",
      total_cost_usd: 0.5,
      modelUsage: { opus: usage, haiku: { inputTokens: 1 } },
      permission_denials: [{ tool_name: "Bash", tool_input: { command: "npm publish" } }, {}],
      structured_output: { n: 5 },
      uuid: "u",
      terminal_reason: "completed",
      api_error_status: null,
    };
    expect(line(result)).toEqual({
      kind: "result",
      id: "u",
      subtype: "success",
      isError: false,
      reason: "completed",
      status: undefined,
      errorType: "",
      text: "hi",
      turns: 2,
      total: { costUsd: 0.5, inputTokens: 107, cachedTokens: 5, outputTokens: 20, models: ["opus", "haiku"] },
      denials: [
        { id: "", label: "Bash(npm publish)" },
        { id: "", label: "a tool" },
      ],
      structured: { n: 5 },
      deferred: undefined,
      background: false,
      startupFailure: undefined,
    });
  });

  it("knows no total cost when one model has no price", () => {
    const modelUsage = { a: { costBasis: "list" }, b: { costBasis: "unknown" } };
    expect(line({ type: "result", total_cost_usd: 1, modelUsage })).toMatchObject({
      total: { costUsd: null },
    });
    expect(line({ type: "result" })).toMatchObject({ id: "#0", total: { costUsd: null, models: [] } });
  });

  it("takes the errors of a result for its text when it has none", () => {
    expect(line({ type: "result", errors: ["a", "b"] })).toMatchObject({ text: "a; b" });
  });
});

describe("a tool call in one line", () => {
  it("names what it is about, on one line and not too long", () => {
    expect(toolLabel("Bash", { command: "a\nb" })).toBe("Bash(a)");
    expect(toolLabel("Write", { file_path: "x.ts", content: "…" })).toBe("Write(x.ts)");
    expect(toolLabel("Task", {})).toBe("Task");
    expect(toolLabel("Bash", { command: "x".repeat(500) }).length).toBe(126);
  });
});

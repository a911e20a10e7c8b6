import { describe, expect, it } from "vitest";
import { blamesAgent, classify } from "../../core/policies/taxonomy.ts";
import { judge, type Evidence } from "./verdict.ts";
import type { ResultMessage } from "./stream.ts";

const result: ResultMessage = {
  kind: "result",
  id: "1",
  subtype: "success",
  isError: true,
  text: "",
  status: undefined,
  reason: "",
  errorType: "",
  turns: 1,
  denials: [],
  structured: undefined,
  deferred: undefined,
  background: false,
  startupFailure: undefined,
  total: { costUsd: null, models: [], inputTokens: 0, outputTokens: 0 },
};

/** The kind of failure that a result, or the end of the process, is taken for. */
function failureOf(over: Partial<ResultMessage> | undefined, process: Partial<Evidence["process"]> = {}) {
  const verdict = judge(
    {
      process: { ended: "exit", exitCode: 1, signal: null, stderr: "", survivors: [], ...process },
      init: undefined,
      results: over ? [{ ...result, ...over }] : [],
      limit: undefined,
    },
    { deniedToolsFail: true, idleMs: 1, timeoutMs: 1, now: 0 },
  );
  if (verdict.ok) throw new Error("it went well");
  return verdict.failure;
}

describe("a failure of Claude Code", () => {
  it.each([
    [{ status: 500, text: "API Error: 500 Internal server error" }, "system.external", true],
    [{ status: 401, text: "Invalid API key · Fix external API key" }, "system.access", true],
    [{ status: 403, text: "API Error: 403 permission_error" }, "system.access", true],
    [{ text: "Credit balance is too low" }, "system.access", true],
    [{ reason: "api_error", text: "API Error: Connection refused (ECONNREFUSED)" }, "system.network", true],
    [{ status: 429, text: "API Error: 429 rate_limit_error" }, "system.quota", false],
    [{ status: 529, text: "API Error: 529 Overloaded" }, "system.quota", false],
    [{ reason: "prompt_too_long", text: "Prompt is too long" }, "system.context", false],
    [{ subtype: "error_max_budget_usd", text: "Reached maximum budget ($1)" }, "command.resource", false],
    [{ subtype: "error_max_turns", text: "Reached maximum number of turns (3)" }, "command.resource", false],
    [{ status: 400, text: "API Error: 400 messages: field required" }, "command.failure", false],
  ] as const)("as %j is of the kind %s", (over, kind, blamed) => {
    const failure = failureOf(over);
    expect([classify(failure), blamesAgent(failure)]).toEqual([kind, blamed]);
  });

  it("is the program's where it does not start, and blames it where it is silent", () => {
    const missing = failureOf(undefined, { ended: "error", error: "spawn claude ENOENT" });
    expect([classify(missing), blamesAgent(missing)]).toEqual(["system.external", true]);
    const silent = failureOf(undefined, { ended: "idle" });
    expect([classify(silent), blamesAgent(silent)]).toEqual(["command.timeout", true]);
    const slow = failureOf(undefined, { ended: "timeout" });
    expect([classify(slow), blamesAgent(slow)]).toEqual(["command.timeout", false]);
  });
});

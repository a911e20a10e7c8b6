import { describe, expect, it } from "vitest";
import { wantedShape } from "../shape.ts";
import type { ResultMessage } from "./stream.ts";
import { answerOf, judge, type Evidence, type Expectation } from "./verdict.ts";

const init = {
  kind: "init",
  model: "m",
  version: "2",
  slashCommands: ["family:cmd"],
  mcpServers: [],
} as const;
const total = { costUsd: 0.01, inputTokens: 1, outputTokens: 1, models: ["m"] };
const none = { costUsd: 0, inputTokens: 0, outputTokens: 0, models: [] };
const success: ResultMessage = {
  kind: "result",
  id: "r",
  subtype: "success",
  isError: false,
  reason: "completed",
  status: undefined,
  errorType: "",
  text: "hi",
  turns: 1,
  total,
  denials: [],
  structured: undefined,
  deferred: undefined,
  background: false,
  startupFailure: undefined,
};
const exit0 = { ended: "exit", exitCode: 0, signal: null, stderr: "", survivors: [] } as const;
const exit1 = { ...exit0, exitCode: 1 };
const now = Date.UTC(2026, 10, 20);
const expectation: Expectation = {
  deniedToolsFail: true,
  idleMs: 600_000,
  timeoutMs: undefined,
  now,
};

const shape = wantedShape({ schema: { type: "object", properties: { n: {} }, required: ["n"] } });

interface Case {
  readonly process?: Evidence["process"];
  readonly result?: Partial<ResultMessage>;
  readonly evidence?: Partial<Evidence>;
  readonly expectation?: Partial<Expectation>;
}

function verdictOf({ process = exit0, result = {}, evidence = {}, expectation: over = {} }: Case) {
  const results = [{ ...success, ...result }];
  return judge({ process, init, results, limit: undefined, ...evidence }, { ...expectation, ...over });
}

const noResult = { results: [] };
const apiError = { isError: true, reason: "api_error", total: none, text: "API Error" };
const endings: readonly (readonly [string, Case, object])[] = [
  [
    "an unknown slash command",
    { expectation: { command: "nope" } },
    { code: "COMMAND_NOT_EXPANDED", class: "permanent" },
  ],
  [
    "a failed ! line",
    { result: { turns: 0, total: none, text: 'Shell command failed for pattern "!`x`"' } },
    { code: "COMMAND_FAILED", class: "failure" },
  ],
  [
    "a ! line without permission",
    { result: { turns: 0, total: none, text: "Shell command permission check failed for" } },
    { code: "COMMAND_FAILED" },
  ],
  [
    "a denied tool",
    { result: { denials: [{ id: "t", label: "Bash(rm x)" }] } },
    { code: "AGENT_DENIED", message: expect.stringContaining("a tool was denied: Bash(rm x)") },
  ],
  [
    "two denied tools",
    { result: { denials: ["Bash(a)", "Write", "Write"].map((label) => ({ id: label, label })) } },
    { code: "AGENT_DENIED", message: expect.stringContaining("tools were denied: Bash(a), Write") },
  ],
  [
    "a hook that blocks the prompt",
    { result: { turns: 0, total: none, text: "" } },
    { code: "AGENT_FAILED", message: expect.stringContaining("no model was asked (no text)") },
  ],
  ["a missing structured output", { expectation: { shape } }, { code: "OUTPUT_SHAPE", class: "failure" }],
  [
    "a schema never satisfied",
    { process: exit1, result: { isError: true, subtype: "error_max_structured_output_retries" } },
    { code: "OUTPUT_SHAPE" },
  ],
  ["429", { process: exit1, result: { ...apiError, status: 429 } }, { code: "QUOTA", class: "quota" }],
  ["529", { process: exit1, result: { ...apiError, status: 529 } }, { code: "QUOTA", class: "quota" }],
  [
    "500",
    { process: exit1, result: { ...apiError, status: 500 } },
    { code: "AGENT_FAILED", class: "transient" },
  ],
  ["a lost connection", { process: exit1, result: apiError }, { code: "AGENT_FAILED", class: "transient" }],
  [
    "401",
    { process: exit1, result: { ...apiError, status: 401 } },
    { code: "AGENT_FAILED", class: "permanent", fix: expect.stringContaining("/login") },
  ],
  ["403", { process: exit1, result: { ...apiError, status: 403 } }, { class: "permanent" }],
  ["404", { process: exit1, result: { ...apiError, status: 404 } }, { class: "permanent" }],
  [
    "400 for lack of credit",
    { process: exit1, result: { ...apiError, status: 400, text: "Credit balance is too low" } },
    { class: "permanent", fix: "add credit to the account" },
  ],
  [
    "a prompt that is too long",
    { process: exit1, result: { isError: true, reason: "prompt_too_long", status: 400 } },
    { code: "AGENT_FAILED", class: "permanent", fix: expect.stringContaining("less context") },
  ],
  [
    "too many turns",
    {
      process: exit1,
      result: { isError: true, subtype: "error_max_turns", text: "Reached maximum number of turns (3)" },
    },
    { code: "AGENT_FAILED", class: "failure" },
  ],
  [
    "the budget used up",
    { process: exit1, result: { isError: true, subtype: "error_max_budget_usd", text: "" } },
    { code: "LIMIT_REACHED", class: "permanent" },
  ],
  [
    "SIGINT while streaming",
    { result: { isError: true, subtype: "error_during_execution", reason: "aborted_streaming" } },
    { code: "AGENT_FAILED", class: "transient" },
  ],
  [
    "SIGINT while a tool runs",
    { result: { isError: true, subtype: "error_during_execution", reason: "aborted_tools" } },
    { class: "transient" },
  ],
  [
    "an error without a name",
    { process: exit1, result: { isError: true, subtype: "error_during_execution", reason: "", text: "" } },
    { code: "AGENT_FAILED", class: "failure", message: expect.stringContaining("error_during_execution") },
  ],
  [
    "SIGTERM from outside",
    { process: { ...exit0, exitCode: 143 }, evidence: noResult },
    { code: "AGENT_FAILED", class: "transient", message: expect.stringContaining("SIGTERM") },
  ],
  [
    "SIGHUP from outside",
    { process: { ...exit0, exitCode: 129 }, evidence: noResult },
    { class: "transient" },
  ],
  [
    "SIGKILL from outside",
    { process: { ...exit0, ended: "signal", exitCode: null, signal: "SIGKILL" }, evidence: noResult },
    { class: "transient", message: expect.stringContaining("SIGKILL") },
  ],
  [
    "a bad flag",
    { process: { ...exit1, stderr: "error: unknown option '--x'\n" }, evidence: noResult },
    { code: "AGENT_FAILED", class: "permanent", message: expect.stringContaining("unknown option '--x'") },
  ],
  [
    "no word at all",
    { process: { ...exit1, exitCode: 7 }, evidence: noResult },
    { message: expect.stringContaining("status 7 and no result") },
  ],
  [
    "a failure at the start",
    {
      process: exit1,
      result: { isError: true, startupFailure: "bypass_root", text: "cannot be used with root" },
    },
    { class: "permanent" },
  ],
  [
    "a tool that a hook put off",
    { result: { reason: "tool_deferred", deferred: { id: "t", tool: "Bash", input: {} } } },
    { code: "AGENT_DENIED", message: expect.stringContaining("Bash") },
  ],
  [
    "a tool put off without its name",
    { result: { reason: "tool_deferred" } },
    { code: "AGENT_DENIED", message: expect.stringContaining("a tool") },
  ],
  [
    "a good answer and a bad status",
    { process: { ...exit0, exitCode: 3 } },
    { code: "AGENT_FAILED", class: "failure" },
  ],
  [
    "a good answer and a signal",
    { process: { ...exit0, ended: "signal", exitCode: null, signal: "SIGSEGV" } },
    { code: "AGENT_FAILED", class: "transient" },
  ],
  [
    "a program that does not start",
    { process: { ...exit0, ended: "error", exitCode: null, error: "not found" }, evidence: noResult },
    { code: "AGENT_UNAVAILABLE", class: "permanent" },
  ],
  [
    "a program that does not start and says nothing",
    { process: { ...exit0, ended: "error", exitCode: null }, evidence: noResult },
    { code: "AGENT_UNAVAILABLE" },
  ],
  [
    "silence",
    { process: { ...exit0, ended: "idle", exitCode: null, survivors: [7] }, evidence: noResult },
    { code: "IDLE", class: "timeout", message: expect.stringContaining("processes 7 could not be stopped") },
  ],
  [
    "the time used up",
    {
      process: { ...exit0, ended: "timeout", exitCode: null },
      evidence: noResult,
      expectation: { timeoutMs: 5 },
    },
    { code: "TIMEOUT", class: "timeout", message: expect.stringContaining("5 ms") },
  ],
];

describe("the verdict on a process of Claude Code", () => {
  it.each(endings)("is a failure for %s", (_, given, failure) => {
    expect(verdictOf(given)).toMatchObject({ ok: false, failure });
  });

  it("is ok for a finished answer", () => {
    expect(verdictOf({})).toEqual({ ok: true, text: "hi", structured: undefined });
    expect(verdictOf({ expectation: { command: "family:cmd" } })).toMatchObject({ ok: true });
    const shaped = { result: { structured: { n: 5 } }, expectation: { shape } };
    expect(verdictOf(shaped)).toMatchObject({ ok: true, structured: { n: 5 } });
  });

  it("takes the declared output from the text when the tool for it was not used", () => {
    const given = { result: { text: 'Here:\n```json\n{"n":5}\n```' }, expectation: { shape } };
    expect(verdictOf(given)).toMatchObject({ ok: true, structured: { n: 5 } });
  });

  it("is ok for a command that runs as a subagent: no turns of its own, but a model was asked", () => {
    expect(verdictOf({ result: { turns: 0 } })).toMatchObject({ ok: true });
  });

  it("is ok with denied tools only where the caller allows it", () => {
    const given = {
      result: { denials: [{ id: "t", label: "Bash" }] },
      expectation: { deniedToolsFail: false },
    };
    expect(verdictOf(given)).toMatchObject({ ok: true });
  });

  it("does not hold a missing first message against a command", () => {
    const given = { evidence: { init: undefined }, expectation: { command: "family:cmd" } };
    expect(verdictOf(given)).toMatchObject({ ok: true });
  });

  it("takes the reset time from the stream before the text", () => {
    const result = { ...apiError, status: 429, text: "You've hit your limit · resets 3pm (UTC)" };
    const limit = { kind: "limit", status: "rejected", resetAt: now + 5 } as const;
    expect(verdictOf({ process: exit1, result, evidence: { limit } })).toMatchObject({
      failure: { resetAt: now + 5 },
    });
    const allowed = { ...limit, status: "allowed" };
    expect(verdictOf({ process: exit1, result, evidence: { limit: allowed } })).toMatchObject({
      failure: { resetAt: Date.UTC(2026, 10, 20, 15) },
    });
  });

  it("shortens long messages to one line", () => {
    const verdict = verdictOf({ process: exit1, result: { ...apiError, text: "x\n".repeat(500) } });
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.ok ? "" : verdict.failure.message).toMatch(/^Cannot finish with Claude Code: [x ]+…$/);
  });
});

describe("the answer among several results", () => {
  const noted = { ...success, text: "noted", background: true };

  it("is the one that no notification asked for", () => {
    expect(answerOf({ results: [success, noted] })?.text).toBe("hi");
  });

  it("is the last one when all were asked for by notifications", () => {
    expect(answerOf({ results: [noted, { ...noted, text: "again" }] })?.text).toBe("again");
    expect(answerOf({ results: [] })).toBeUndefined();
  });

  it("does not hide an error of a later one", () => {
    const failed = { ...noted, isError: true, reason: "api_error", status: 500 };
    const verdict = judge(
      { process: exit1, init, results: [success, failed], limit: undefined },
      expectation,
    );
    expect(verdict).toMatchObject({ ok: false, failure: { class: "transient" } });
    const first = { ...success, isError: true, reason: "api_error", status: 500 };
    expect(
      judge({ process: exit0, init, results: [first, noted], limit: undefined }, expectation),
    ).toMatchObject({
      ok: false,
    });
  });
});

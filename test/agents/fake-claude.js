#!/usr/bin/env node
// Plays the part of the `claude` program: the same flags, sessions and lines, and by FAKE_PLAY one row of the truth
// table. Asks no model. What it "spent" is kept per session in HOME, as the real one keeps it in its transcripts.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers";
import { converse } from "./fake-dialogue.js";

const args = process.argv.slice(2);
const play = process.env.FAKE_PLAY ?? "answer";
const known = (process.env.FAKE_COMMANDS ?? "family:cmd").split(",").filter(Boolean);
const value = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const turnUsd = 0.01;

if (args.includes("--version")) {
  process.stdout.write("2.1.329 (Claude Code)\n");
  process.exit(0);
}

const folder = join(process.env.HOME, ".fake");
mkdirSync(folder, { recursive: true });
const asks = args.includes("--permission-prompt-tool");
const input = asks ? "" : readFileSync(0, "utf8");
appendFileSync(join(folder, "calls.jsonl"), `${JSON.stringify({ args, input, env: process.env })}\n`);

if (!asks && value("--input-format") === "stream-json") {
  const commands = known.map((name) => ({
    name,
    description: `does it (${process.env.FAKE_ORIGIN ?? "project"})`,
  }));
  if (play !== "no-list")
    say({
      type: "control_response",
      response: { subtype: "success", request_id: "tutti", response: { commands } },
    });
  process.exit(0);
}

const resume = value("--resume");
const session = resume ?? value("--session-id");
const transcript = join(folder, `${session}.json`);
if (!resume && existsSync(transcript)) {
  process.stderr.write(`Error: Session ID ${session} is already in use.\n`);
  process.exit(1);
}
if (resume && !existsSync(transcript)) fail({ errors: [`No conversation found with session ID: ${resume}`] });
const before = resume ? JSON.parse(readFileSync(transcript, "utf8")) : { turns: 0, totalUsd: 0 };
const turn = before.turns + 1;
writeFileSync(transcript, JSON.stringify({ ...before, turns: turn }));

/** The session was ended before a tool call. */
let stands = before.stands === true;

function book(usd) {
  const totalUsd = before.totalUsd + usd;
  writeFileSync(transcript, JSON.stringify({ turns: turn, totalUsd, stands }));
  return totalUsd;
}

function result(rest, usd = turnUsd) {
  const totalUsd = book(usd);
  const turns = totalUsd / turnUsd;
  say({
    is_error: false,
    num_turns: 1,
    subtype: "success",
    total_cost_usd: totalUsd,
    modelUsage:
      totalUsd === 0
        ? {}
        : {
            "claude-fake": {
              inputTokens: 100 * turns,
              outputTokens: 20 * turns,
              costUSD: totalUsd,
              costBasis: play === "unpriced" ? "unknown" : "list",
            },
          },
    permission_denials: [],
    terminal_reason: "completed",
    api_error_status: null,
    type: "result",
    session_id: session,
    uuid: `${session}-${turn}-${rest.result_index ?? 0}`,
    ...rest,
  });
}

function fail(rest) {
  say({
    type: "result",
    subtype: "error_during_execution",
    is_error: true,
    num_turns: 0,
    total_cost_usd: 0,
    ...rest,
  });
  process.exit(1);
}

function assistant(content, rest = {}) {
  const usage = { input_tokens: 100, output_tokens: 1 };
  say({ type: "assistant", message: { id: `msg_${turn}`, model: "claude-fake", content, usage }, ...rest });
}

function refused(status, { type, text, reason = "api_error" }) {
  say({
    type: "system",
    subtype: "api_retry",
    attempt: 1,
    retry_delay_ms: 500,
    error_status: status,
    error: type,
  });
  const more = { api_error_status: status, api_error_type: type, terminal_reason: reason, is_error: true };
  result({ ...more, result: text }, 0);
  process.exitCode = 1;
}

function linger() {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  appendFileSync(join(folder, "children"), `${child.pid}\n`);
  child.unref();
}

function init(commands) {
  const more = { claude_code_version: "2.1.329", model: "claude-fake", session_id: session };
  say({ type: "system", subtype: "init", slash_commands: commands, ...more });
}

const structured = JSON.parse(process.env.FAKE_OUTPUT ?? "null");
const answer = () => {
  assistant([{ type: "text", text: "hi" }]);
  result({
    result: "hi",
    ...(structured !== null && args.includes("--json-schema") ? { structured_output: structured } : {}),
  });
};

const plays = {
  answer,
  unpriced: answer,
  "no-list": answer,
  edit() {
    assistant([{ type: "tool_use", name: "Write", input: { file_path: "made.txt" } }]);
    writeFileSync("made.txt", "made\n");
    answer();
  },
  "no-shape"() {
    assistant([{ type: "text", text: "five" }]);
    result({ result: "five" });
  },
  "shape-second"() {
    if (turn === 1) return result({ result: "five" });
    answer();
  },
  denied() {
    result({
      result: "could not",
      num_turns: 2,
      permission_denials: [{ tool_name: "Bash", tool_use_id: "t", tool_input: { command: "npm publish" } }],
    });
  },
  bang() {
    const text = 'Shell command failed for pattern "!`false`": ';
    result({ result: text, num_turns: 0, local_command: "custom", terminal_reason: undefined }, 0);
  },
  hook() {
    result({ result: "UserPromptSubmit operation blocked by hook:\nno", num_turns: 0 }, 0);
  },
  quota() {
    say({
      type: "rate_limit_event",
      rate_limit_info: { status: "rejected", resetsAt: 4102444800, rateLimitType: "five_hour" },
    });
    refused(429, { type: "rate_limit_error", text: "You've hit your limit · resets 2pm (UTC)" });
  },
  overloaded: () => refused(529, { type: "overloaded_error", text: "API Error: 529 Overloaded." }),
  broken: () => refused(500, { type: "api_error", text: "API Error: 500 Internal server error." }),
  unauthorized: () =>
    refused(401, { type: "authentication_error", text: "Invalid API key · Fix external API key" }),
  refused: () =>
    refused(null, { type: "connection_failed", text: "API Error: Connection refused (ECONNREFUSED)" }),
  "too-long": () =>
    refused(400, { type: "invalid_request_error", text: "Prompt is too long", reason: "prompt_too_long" }),
  "max-turns"() {
    result({
      subtype: "error_max_turns",
      is_error: true,
      errors: ["Reached maximum number of turns (3)"],
      num_turns: 4,
    });
    process.exitCode = 1;
  },
  "max-budget"() {
    result({ subtype: "error_max_budget_usd", is_error: true, errors: ["Reached maximum budget ($0.001)"] });
    process.exitCode = 1;
  },
  "bad-shape"() {
    const errors = ["Failed to provide valid structured output after 5 attempts"];
    result({ subtype: "error_max_structured_output_retries", is_error: true, errors });
    process.exitCode = 1;
  },
  interrupted() {
    result({
      subtype: "error_during_execution",
      is_error: true,
      terminal_reason: "aborted_tools",
      errors: [],
    });
  },
  terminated() {
    process.exit(143);
  },
  killed() {
    process.kill(process.pid, "SIGKILL");
  },
  deferred() {
    result({
      result: "",
      terminal_reason: "tool_deferred",
      deferred_tool_use: { id: "t", name: "Bash", input: {} },
    });
  },
  background() {
    assistant([{ type: "text", text: "hi" }]);
    result({ result: "hi", result_index: 0 });
    result({ result: "noted", result_index: 1, origin: { kind: "task-notification" } }, 2 * turnUsd);
  },
  "bad-exit"() {
    answer();
    process.exitCode = 3;
  },
  long() {
    result({ result: "x".repeat(300_000) });
  },
  silent() {
    setInterval(() => {}, 1000);
  },
  // Works with a tool that runs in a session of its own; ends only when it is killed.
  hang() {
    linger();
    assistant([{ type: "text", text: "working" }]);
    setInterval(() => {}, 1000);
  },
  // The first try never ends; a try that continues the session answers.
  "hang-first"() {
    if (turn > 1) return answer();
    assistant([{ type: "text", text: "working" }]);
    setInterval(() => {}, 1000);
  },
  leftover() {
    linger();
    answer();
  },
};

if (play === "bad-flag") {
  process.stderr.write("error: unknown option '--nonsense'\n");
  process.exit(1);
}
if (play === "startup")
  fail({ errors: ["cannot be used with root/sudo privileges"], startup_failure_reason: "bypass_root" });
init(play === "as-text" ? [] : known);
if (asks) {
  const keep = (now) => {
    stands = now;
  };
  converse({ before, isNew: !resume, say, keep, assistant, result });
} else (plays[play] ?? answer)();

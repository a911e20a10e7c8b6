import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ClaudeCodeOptions } from "../../src/agents/claude-code/claude-code.ts";
import type { EffectPolicy } from "../../src/core/effects.ts";
import type { AgentTask } from "../../src/ports/agent.ts";
import { agentTask, countSchema, taskContext } from "../../src/testing/agent-contract.ts";
import {
  broken,
  overloaded,
  promptTooLong,
  rateLimited,
  text,
  tool,
  unauthorized,
} from "../model-server/replies.ts";
import type { Script } from "../model-server/server.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

/** Each row of the table of what success looks like when it is not, provoked on the real program. */
interface Row {
  readonly script?: Script;
  readonly command?: string;
  readonly task?: Partial<AgentTask>;
  readonly options?: Partial<ClaudeCodeOptions>;
  readonly policy?: Partial<EffectPolicy>;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to the program from outside as soon as it asks the model. */
  readonly signal?: NodeJS.Signals;
  /** A hook of the repository's settings. */
  readonly hook?: { readonly on: string; readonly does: string };
  readonly settings?: string;
  readonly expected: object;
  /** How often the model may be asked. */
  readonly requests?: number;
}

const permanent = { code: "AGENT_FAILED", class: "permanent" };
const transient = { code: "AGENT_FAILED", class: "transient" };
const ls = tool("Bash", { command: "ls", description: "looks" });
const silence = () => ({ kind: "silence" }) as const;
const defer = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"defer"}}';
const denied = tool("Bash", { command: "touch /tmp/tutti-denied", description: "leaves the folder" });
const badOutput = tool("StructuredOutput", { count: "no" });

const rows: Readonly<Record<string, Row>> = {
  "an unknown command": { command: "nope", expected: { code: "COMMAND_NOT_EXPANDED" }, requests: 0 },
  "a command of a folder named with a slash": {
    command: "family/cmd",
    expected: { code: "COMMAND_NOT_EXPANDED" },
    requests: 0,
  },
  "a command under --bare": {
    command: "family:cmd",
    options: { extraArgs: ["--bare"] },
    expected: { code: "COMMAND_NOT_EXPANDED" },
    requests: 0,
  },
  "a command under --safe-mode": {
    command: "family:cmd",
    options: { extraArgs: ["--safe-mode"] },
    expected: { code: "COMMAND_NOT_EXPANDED" },
    requests: 0,
  },
  "a command with --disable-slash-commands": {
    command: "family:cmd",
    options: { extraArgs: ["--disable-slash-commands"] },
    expected: { code: "COMMAND_NOT_EXPANDED" },
    requests: 0,
  },
  "a failing ! line": { command: "family:fails", expected: { code: "COMMAND_FAILED" }, requests: 0 },
  "a ! line that is not permitted": {
    command: "family:forbidden",
    expected: { code: "COMMAND_FAILED" },
    requests: 0,
  },
  "a denied tool": { script: [denied, text("could not")], expected: { code: "AGENT_DENIED" }, requests: 2 },
  "a hook that blocks the prompt": {
    hook: { on: "UserPromptSubmit", does: "echo no >&2; exit 2" },
    expected: { code: "AGENT_FAILED", class: "failure" },
    requests: 0,
  },
  "an output that never comes": {
    script: () => text("five"),
    task: { schema: countSchema },
    expected: { code: "OUTPUT_SHAPE" },
    requests: 4,
  },
  "an output that never fits": {
    script: () => badOutput,
    task: { schema: countSchema },
    expected: { code: "OUTPUT_SHAPE" },
    requests: 5,
  },
  "429": { script: () => rateLimited(), expected: { code: "QUOTA", class: "quota" }, requests: 3 },
  "529": { script: () => overloaded(), expected: { code: "QUOTA", class: "quota" }, requests: 3 },
  "500": { script: () => broken(), expected: transient, requests: 3 },
  "401": { script: () => unauthorized(), expected: { ...permanent, fix: expect.stringContaining("/login") } },
  "403": { script: () => broken(403), expected: permanent },
  "404": { script: () => broken(404), expected: permanent },
  "400": { script: () => ({ ...promptTooLong(), message: "messages: bad" }), expected: permanent },
  "a refused connection": { env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" }, expected: transient },
  "a prompt that is too long": {
    script: () => promptTooLong(),
    expected: { ...permanent, fix: expect.stringContaining("context") },
  },
  "too many turns": {
    script: () => ls,
    options: { extraArgs: ["--max-turns", "2"] },
    expected: { code: "AGENT_FAILED", class: "failure" },
    requests: 2,
  },
  "the budget used up": {
    policy: { remainingUsd: 0.0005 },
    expected: { code: "LIMIT_REACHED" },
    requests: 1,
  },
  SIGINT: { script: silence, signal: "SIGINT", expected: transient },
  SIGTERM: { script: silence, signal: "SIGTERM", expected: transient },
  SIGHUP: { script: silence, signal: "SIGHUP", expected: transient },
  SIGKILL: { script: silence, signal: "SIGKILL", expected: transient },
  "a bad flag": {
    options: { extraArgs: ["--nonsense"] },
    expected: { ...permanent, message: expect.stringContaining("--nonsense") },
  },
  "a mode that root may not use": { options: { permissionMode: "bypassPermissions" }, expected: permanent },
  "a tool put off by a hook": {
    script: [ls, text("x")],
    hook: { on: "PreToolUse", does: `echo '${defer}'` },
    expected: { code: "AGENT_DENIED" },
  },
  "a silent stream": {
    script: silence,
    policy: { idleMs: 2000 },
    expected: { code: "IDLE", class: "timeout" },
  },
  "a program that is not there": {
    options: { file: "/nowhere/claude" },
    expected: { code: "AGENT_UNAVAILABLE" },
    requests: 0,
  },
};

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    ".claude/commands/family/cmd.md": "Do $ARGUMENTS\n",
    ".claude/commands/family/fails.md": "Out: !`false`\n",
    ".claude/commands/family/forbidden.md": "Out: !`touch /tmp/tutti-denied`\n",
  });
});
afterEach(() => rm(join(claude.cwd, ".claude/settings.json"), { force: true }));
afterAll(() => claude.close());

async function play(row: Row) {
  const task = agentTask({ ...(row.command ? { work: claude.command(row.command) } : {}), ...row.task });
  const script = row.script ?? (() => text("hi"));
  claude.server.play((request, index) => {
    if (row.signal) for (const pid of claude.pids(task.sessionId)) process.kill(pid, row.signal);
    return typeof script === "function" ? script(request, index) : (script[index] ?? text("(script ended)"));
  });
  if (row.hook) {
    const hooks = { [row.hook.on]: [{ hooks: [{ type: "command", command: row.hook.does }] }] };
    await claude.write({ ".claude/settings.json": JSON.stringify({ hooks }) });
  }
  const env = { ...claude.env, ...row.env };
  const context = taskContext({ cwd: claude.cwd, env, ...(row.policy ? { policy: row.policy } : {}) });
  return claude.agentWith(row.options ?? {}).run(task, context);
}

describe("what looks like success on the real Claude Code and is none", () => {
  const root = process.getuid?.() === 0;
  const provoked = Object.keys(rows).filter((name) => root || name !== "a mode that root may not use");

  it.each(provoked)("%s", async (name) => {
    const row = rows[name] ?? { expected: {} };
    const outcome = await play(row);
    const requests = row.requests ?? claude.server.requests.length;
    expect(outcome).toMatchObject({ ok: false, failure: row.expected });
    expect(claude.server.requests.length).toBe(requests);
  });

  it.for([
    ["more than one result", "background work is switched off; the fake program plays it"],
    ["settings that are not valid", "this version says nothing on either stream and goes on without them"],
  ] as const)("%s", ([name, reason], { expect, skip }) => {
    expect(Object.keys(rows)).not.toContain(name);
    skip(reason);
  });
});

describe("what is success", () => {
  it("a plain prompt, a command and a stream that was cut once", async () => {
    expect(await play({ expected: {} })).toMatchObject({ ok: true, output: "hi" });
    expect(await play({ command: "family:cmd", expected: {} })).toMatchObject({ ok: true, output: "hi" });
    expect(await play({ script: [{ kind: "cut" }, text("recovered")], expected: {} })).toMatchObject({
      ok: true,
      output: "recovered",
    });
  });
});

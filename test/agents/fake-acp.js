#!/usr/bin/env node
// Plays the part of an ACP agent: FAKE_PLAY says which. Asks no model. What it "spent" is kept per session in HOME, as
// real ones keep it; everything it is told goes to HOME/.fake/calls.jsonl.
import { agent, methods, ndJsonStream, RequestError } from "@agentclientprotocol/sdk";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import { setInterval } from "node:timers";

const play = process.env.FAKE_PLAY ?? "answer";
const known = (process.env.FAKE_COMMANDS ?? "family:cmd").split(",").filter(Boolean);
const output = process.env.FAKE_OUTPUT;
const turnUsd = 0.01;
const folder = join(process.env.HOME, ".fake");
mkdirSync(folder, { recursive: true });
const record = (method, params) =>
  appendFileSync(join(folder, "calls.jsonl"), `${JSON.stringify({ method, params })}\n`);
record("start", { args: process.argv.slice(2), env: process.env });

if (play === "no-start") {
  process.stderr.write("Error: cannot find my settings\n");
  process.exit(2);
}

const fileOf = (session) => join(folder, `${session}.json`);
const read = (session) => JSON.parse(readFileSync(fileOf(session), "utf8"));
const servers = new Map();
const cancelled = Promise.withResolvers();
let spentHere = 0;

const options = [
  { id: "mode", category: "mode", currentValue: "default", values: ["default", "wild"] },
  { id: "model", category: "model", currentValue: "small", values: ["small", "model-of-the-step"] },
  { id: "effort", category: "thought_level", currentValue: "low", values: ["low", "medium", "high"] },
];
const told = () =>
  options.map(({ values, ...option }) => ({
    ...option,
    name: option.id,
    type: "select",
    options: values.map((value) => ({ value, name: value })),
  }));

const app = agent({ name: "fake" })
  .onRequest(methods.agent.initialize, ({ params }) => {
    record("initialize", params);
    return {
      protocolVersion: play === "old" ? 0 : 1,
      agentInfo: { name: "fake", version: "1.2.3" },
      agentCapabilities: { loadSession: play !== "no-load" },
    };
  })
  .onRequest(methods.agent.session.new, ({ params, client }) => {
    record("session/new", params);
    if (play === "login") throw new RequestError(-32000, "Authentication required");
    const session = `fake-${Math.random().toString(36).slice(2)}`;
    writeFileSync(fileOf(session), JSON.stringify({ turns: 0, totalUsd: 0 }));
    servers.set(session, params.mcpServers);
    return begin(session, client);
  })
  .onRequest(methods.agent.session.load, async ({ params, client }) => {
    record("session/load", params);
    const session = params.sessionId;
    if (play === "forgets" || !existsSync(fileOf(session))) throw RequestError.resourceNotFound(session);
    servers.set(session, params.mcpServers);
    const history = async () => {
      if (play === "never-asked") return;
      const content = { type: "text", text: "what was asked" };
      await update(client, session, { sessionUpdate: "user_message_chunk", content });
      await say(client, session, "what was said long ago");
    };
    if (play === "late-history") setTimeout(() => void history(), 50);
    else await history();
    return begin(session, client);
  })
  .onRequest(methods.agent.session.setConfigOption, ({ params }) => {
    record("session/set_config_option", params);
    const option = options.find((one) => one.id === params.configId);
    if (!option?.values.includes(params.value)) throw RequestError.invalidParams(undefined, "no such value");
    option.currentValue = params.value;
    return { configOptions: told() };
  })
  .onNotification(methods.agent.session.cancel, () => {
    record("session/cancel", {});
    cancelled.resolve();
  })
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    record("session/prompt", params);
    const session = params.sessionId;
    const state = read(session);
    state.turns += 1;
    writeFileSync(fileOf(session), JSON.stringify(state));
    const act = plays[play] ?? answer;
    return (await act({ client, session, turn: state.turns })) ?? (await end(client, session));
  });

function begin(sessionId, client) {
  setTimeout(() => {
    const availableCommands = (play === "as-text" ? [] : known).map((name) => ({ name, description: name }));
    void update(client, sessionId, { sessionUpdate: "available_commands_update", availableCommands });
  }, 20);
  return { sessionId, configOptions: told() };
}

function update(client, sessionId, what) {
  return client.notify("session/update", { sessionId, update: what });
}

function say(client, session, text, more = {}) {
  return update(client, session, {
    sessionUpdate: "agent_message_chunk",
    content: { type: "text", text },
    ...more,
  });
}

async function end(client, session, { stopReason = "end_turn", usd = turnUsd } = {}) {
  const state = read(session);
  state.totalUsd += usd;
  spentHere += usd;
  writeFileSync(fileOf(session), JSON.stringify(state));
  const amount = play === "counts-anew" ? spentHere : state.totalUsd;
  if (play !== "unpriced") {
    const cost = { amount, currency: play === "euros" ? "EUR" : "USD" };
    await update(client, session, { sessionUpdate: "usage_update", used: 120, size: 1000, cost });
  }
  return { stopReason, usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120 } };
}

async function asked(client, session, toolCall) {
  const call = { toolCallId: `call-${Math.random()}`, status: "pending", ...toolCall };
  await update(client, session, { sessionUpdate: "tool_call", ...call });
  const { outcome } = await client.request("session/request_permission", {
    sessionId: session,
    toolCall: call,
    options: [
      { optionId: "for-good", kind: "allow_always", name: "Always" },
      { optionId: "yes", kind: "allow_once", name: "Yes" },
      { optionId: "no", kind: "reject_once", name: "No" },
    ],
  });
  record("permission", outcome);
  return outcome.outcome === "selected" && outcome.optionId !== "no";
}

function linger() {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  child.unref();
}

const never = () => {
  setInterval(() => {}, 1000);
  return new Promise(() => {});
};
const fail = (message, data) => {
  throw new RequestError(-32603, `Internal error: ${message}`, data);
};
const fenced = (value) => `Here it is.\n\n\`\`\`json\n${value}\n\`\`\`\n`;
const wanted = (text) => (output === undefined ? text : fenced(output));
const answer = async ({ client, session }) => {
  await say(client, session, wanted("hi"));
};
const stop =
  (stopReason) =>
  async ({ client, session }) => {
    await say(client, session, "as far as I came");
    return end(client, session, { stopReason });
  };
const edit = { kind: "edit", name: "Write", title: "Write made.txt", locations: [{ path: "made.txt" }] };

const plays = {
  answer,
  async edit({ client, session }) {
    if (await asked(client, session, edit)) writeFileSync("made.txt", "made\n");
    await say(client, session, "done");
  },
  async outside({ client, session }) {
    const locations = [{ path: "/etc/made.txt" }];
    await asked(client, session, { ...edit, title: "Write /etc/made.txt", locations });
    await say(client, session, "done");
  },
  async unasked({ client, session }) {
    const rawInput = { command: "rm -rf x" };
    const call = { toolCallId: "t", kind: "execute", title: "Tidies up", rawInput };
    await update(client, session, { sessionUpdate: "tool_call", status: "in_progress", ...call });
    await update(client, session, {
      sessionUpdate: "tool_call_update",
      toolCallId: "t",
      status: process.env.FAKE_STATUS ?? "completed",
    });
    await say(client, session, "done");
  },
  async denied({ client, session }) {
    const rawInput = { command: "npm publish" };
    await asked(client, session, { kind: "execute", name: "Bash", title: "Publishes", rawInput });
    await say(client, session, "could not");
  },
  broken: () => fail("API Error: 500 Internal server error."),
  refused: () => fail("Invalid API key", { errorKind: "authentication_failed" }),
  quota: () => fail("You've hit your limit · resets 2pm (UTC)", { errorKind: "rate_limit" }),
  "rate-limit"() {
    throw new RequestError(429, "Rate limit reached. Please try again in 20s.");
  },
  async "no-shape"({ client, session }) {
    await say(client, session, "five");
  },
  async "shape-second"({ client, session, turn }) {
    await say(client, session, turn === 1 ? fenced('{"count":"many"}') : fenced('{"count":1}'));
  },
  async crash({ client, session }) {
    await say(client, session, "working");
    process.kill(process.pid, "SIGKILL");
    return never();
  },
  async hang({ client, session }) {
    linger();
    await say(client, session, "working");
    return never();
  },
  "hang-silent": () => never(),
  silent: () => ({ stopReason: "end_turn" }),
  async "hang-first"({ client, session, turn }) {
    if (turn > 1) return answer({ client, session });
    await say(client, session, "working");
    return never();
  },
  async "stops-when-told"({ client, session }) {
    await say(client, session, "working");
    await cancelled.promise;
    return end(client, session, { stopReason: "cancelled" });
  },
  async mcp({ client, session }) {
    for (const { command, args, env } of servers.get(session)) await callTool({ command, args, env });
    await answer({ client, session });
  },
  "too-long": stop("max_tokens"),
  "too-many": stop("max_turn_requests"),
  refusal: stop("refusal"),
  cancelled: stop("cancelled"),
  "new-reason": stop("_bored"),
  empty: () => undefined,
  async trouble({ client, session }) {
    const codex = (more) =>
      update(client, session, { sessionUpdate: "session_info_update", _meta: { codex: more } });
    await codex({
      error: { message: "Reconnecting", additionalDetails: "last status: 429 Too Many Requests" },
    });
    await codex({ threadStatus: { type: "systemError" } });
    await say(client, session, "last status: 429 Too Many Requests");
    return { stopReason: "end_turn", usage: null };
  },
  async noise({ client, session }) {
    process.stdout.write("a banner\n{not json\n[1]\n7\n\n");
    process.stdout.write(
      '{"jsonrpc":"2.0","id":9999,"result":{}}\n{"jsonrpc":"2.0","method":"_new/thing"}\n',
    );
    await update(client, session, { sessionUpdate: "never_heard_of", deep: { er: [] } });
    await update(client, session, { sessionUpdate: "agent_message_chunk", content: { type: "hologram" } });
    await client.request("fs/read_text_file", { sessionId: session, path: "/x" }).catch(() => undefined);
    await say(client, session, "x".repeat(300_000));
  },
  flood() {
    process.stdout.write(" ".repeat(34 * 1024 * 1024));
    return never();
  },
  async expensive({ client, session }) {
    await say(client, session, "thinking hard");
    const cost = { amount: 99, currency: "USD" };
    await update(client, session, { sessionUpdate: "usage_update", used: 1, size: 2, cost });
    return never();
  },
  async steps({ client, session }) {
    await say(client, session, "first I look", { messageId: "a" });
    await update(client, session, {
      sessionUpdate: "tool_call",
      toolCallId: "t",
      title: "Read a.js",
      kind: "read",
    });
    await say(client, session, "the ");
    await say(client, session, "end");
  },
};

/** Asks an MCP server for its word; whoever reads the calls finds it there. */
async function callTool({ command, args, env }) {
  const more = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const child = spawn(command, args, {
    env: { ...process.env, ...more },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ask = (id, method, params) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  ask(1, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "f", version: "1" },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    record("mcp", JSON.parse(line));
    if (JSON.parse(line).id === 2) break;
    ask(2, "tools/call", { name: "say", arguments: {} });
  }
  child.kill();
}

app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
process.stdin.on("end", () => process.exit(0));

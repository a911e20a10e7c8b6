import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { createFakeClock } from "../../runtimes/memory/fake-clock.ts";
import { createCallGate, type CallGateOptions } from "./call-gate.ts";
import { Dialogue } from "./dialogue.ts";

/** A dialogue with a process that the test plays. */
function talk({ goesOn = false, ...gate }: Partial<CallGateOptions> & { readonly goesOn?: boolean } = {}) {
  const clock = createFakeClock({ now: 0 });
  const stops: string[] = [];
  const dialogue = new Dialogue({
    gate: createCallGate({ rules: [], refused: new Set(), ...gate }),
    prompt: "do it",
    goesOn,
    clock,
    stop: () => stops.push("stopped"),
  });
  const parts = dialogue.input[Symbol.asyncIterator]();
  const next = async (): Promise<JsonObject | undefined> => {
    const { value, done } = await parts.next();
    return done === true ? undefined : (JSON.parse(value) as JsonObject);
  };
  const say = (message: Json) => dialogue.take(Buffer.from(`${JSON.stringify(message)}\n`));
  return { dialogue, clock, stops, next, say };
}

const greeting = { type: "control_response", response: { subtype: "success", response: { commands: [] } } };
const call = { tool_name: "Bash", tool_input: { command: "rm x" }, tool_use_id: "t1", cwd: "/r" };
const hook = {
  type: "control_request",
  request_id: "h1",
  request: { subtype: "hook_callback", input: call },
};
const permission = {
  type: "control_request",
  request_id: "p1",
  request: { subtype: "can_use_tool", tool_use_id: "t1", tool_name: "Bash", input: { command: "rm x" } },
};

describe("a dialogue with a process about its tool calls", () => {
  it("registers for all calls, and sends the prompt when it is greeted", async () => {
    const { next, say } = talk();
    expect(await next()).toMatchObject({
      request: { subtype: "initialize", hooks: { PreToolUse: [{ hookCallbackIds: ["tutti"] }] } },
    });
    say({ type: "system", subtype: "hook_started" });
    say(greeting);
    expect(await next()).toMatchObject({ type: "user", message: { content: "do it" } });
    say({ type: "result" });
    expect(await next()).toBeUndefined();
  });

  it("answers what it is asked, also when it comes in pieces and is very long", async () => {
    const { next, dialogue } = talk();
    await next();
    const long = {
      ...hook,
      request: { ...hook.request, input: { ...call, tool_input: { command: "é".repeat(70_000) } } },
    };
    const bytes = Buffer.from(`${JSON.stringify(long)}\n`);
    for (let at = 0; at < bytes.length; at += 4097) dialogue.take(bytes.subarray(at, at + 4097));
    expect(await next()).toEqual({
      type: "control_response",
      response: {
        subtype: "success",
        request_id: "h1",
        response: { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "defer" } },
      },
    });
  });

  it("denies with a word what nothing allows and is not put off, and answers nothing else with a decision", async () => {
    const { next, say } = talk();
    await next();
    say(permission);
    expect(await next()).toMatchObject({ response: { request_id: "p1", response: { behavior: "deny" } } });
    say({ type: "control_request", request_id: "x", request: { subtype: "other" } });
    expect(await next()).toMatchObject({ response: { request_id: "x", response: {} } });
  });

  const part = (event: Json, of: string | null = null) => ({
    type: "stream_event",
    event,
    parent_tool_use_id: of,
  });
  const begins = part({ type: "message_start" });
  const ends = part({ type: "message_stop" });
  const callBegins = part({ type: "content_block_start", content_block: { type: "tool_use" } });

  it("puts no call off that comes together with others: only the last of them would be kept", async () => {
    const { next, say } = talk();
    await next();
    for (const message of [begins, callBegins, hook, callBegins]) say(message);
    say({ ...hook, request_id: "h2" });
    say(ends);
    expect(await next()).toMatchObject({ response: { request_id: "h1", response: {} } });
    expect(await next()).toMatchObject({ response: { request_id: "h2", response: {} } });
    say(permission);
    expect(await next()).toMatchObject({ response: { response: { behavior: "deny" } } });
    // by itself, as it was told
    for (const message of [begins, callBegins, { ...hook, request_id: "h3" }, ends]) say(message);
    const deferred = { hookSpecificOutput: { permissionDecision: "defer" } };
    expect(await next()).toMatchObject({ response: { request_id: "h3", response: deferred } });
  });

  it("answers at once about a call of a whole message, and takes a message of a subagent for another", async () => {
    const { next, say } = talk();
    await next();
    for (const message of [begins, callBegins, ends]) say(message);
    say(part({ type: "message_start" }, "toolu_of_agent"));
    say(hook);
    expect(await next()).toMatchObject({ response: { request_id: "h1" } });
    for (const message of [begins, part({ type: "content_block_start", content_block: { type: "text" } })])
      say(message);
    say({ ...hook, request_id: "h2" });
    // the message was broken off
    say(begins);
    expect(await next()).toMatchObject({ response: { request_id: "h2" } });
  });

  it("ends the process before a call that is checked and that nothing allows", async () => {
    const { next, say, stops, dialogue } = talk({ goesOn: true, checked: "t1" });
    await next();
    say(hook);
    expect(await next()).toMatchObject({ response: { response: {} } });
    say(permission);
    expect([dialogue.isStopped, stops]).toEqual([true, ["stopped"]]);
    dialogue.close();
    expect(await next()).toBeUndefined();
  });

  it("sends no prompt to a session that goes on by itself, and sends it to one that does not", async () => {
    const going = talk({ goesOn: true });
    await going.next();
    going.say(greeting);
    going.say({ type: "command_lifecycle", state: "started" });
    going.clock.advance(60_000);
    going.dialogue.close();
    expect(await going.next()).toBeUndefined();

    const silent = talk({ goesOn: true });
    await silent.next();
    silent.say(greeting);
    silent.clock.advance(60_000);
    expect(await silent.next()).toMatchObject({ type: "user" });
  });

  it("leaves out what is no message", async () => {
    const { next, dialogue } = talk();
    await next();
    dialogue.take(Buffer.from('a line\n{"type":"result\n'));
    dialogue.close();
    expect(await next()).toBeUndefined();
  });
});

import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { Clock } from "../../ports/clock.ts";
import { objectField, parseObject, textField } from "../fields.ts";
import type { Answer, CallGate, ToolCall } from "./call-gate.ts";

export interface DialogueOptions {
  readonly gate: CallGate;
  readonly prompt: string;
  /** The session stands before a call and goes on with that: the prompt is sent only when nothing comes of it. */
  readonly goesOn: boolean;
  readonly clock: Clock;
  /** Ends the process. */
  readonly stop: () => void;
}

/** How long a session that stands before a call may take to go on with it. */
const silenceMs = 5000;

/** The other side of a process that asks tutti about its tool calls, over its own standard input and output. */
export class Dialogue {
  /** A call was reached that nothing allows, and the process is to be ended before it is made. */
  isStopped = false;
  readonly #options: DialogueOptions;
  readonly #lines = createQueue();
  readonly #split = createSplitter((line) => this.#see(line));
  readonly #message = new MessageParts();
  #isBegun = false;
  #forget: (() => void) | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#lines.push(lineOf(hello));
  }

  get input(): AsyncIterable<string> {
    return this.#lines.all();
  }

  take(bytes: Uint8Array): void {
    this.#split(bytes);
  }

  /** The process has ended. */
  close(): void {
    this.#forget?.();
    this.#lines.end();
  }

  #see(line: string): void {
    const message = mayMatter(line) ? parseObject(line) : undefined;
    if (!message) return;
    switch (textField(message, "type")) {
      case "control_request":
        this.#begin();
        return this.#answer(textField(message, "request_id") ?? "", objectField(message, "request") ?? {});
      case "control_response":
        return this.#greeted();
      case "result":
        return this.#lines.end();
      case "stream_event":
        // those of subagents are messages of their own
        if (message["parent_tool_use_id"] === null) this.#message.see(objectField(message, "event"));
        return;
      default:
        // nothing else comes before the session goes on
        this.#begin();
    }
  }

  /** The session has gone on by itself, or was told to. */
  #begin(): void {
    this.#isBegun = true;
    this.#forget?.();
  }

  #greeted(): void {
    if (this.#isBegun) return;
    const { goesOn, clock } = this.#options;
    if (goesOn) this.#forget = clock.at(clock.now() + silenceMs, () => this.#sendPrompt());
    else this.#sendPrompt();
  }

  #sendPrompt(): void {
    if (this.#isBegun) return;
    this.#begin();
    const message = { role: "user", content: this.#options.prompt };
    this.#lines.push(lineOf({ type: "user", message, parent_tool_use_id: null }));
  }

  #answer(id: string, request: JsonObject): void {
    switch (textField(request, "subtype")) {
      case "hook_callback":
        return this.#answerHook(id, request);
      case "can_use_tool":
        return this.#answerPermission(id, request);
      default:
        this.#send(id, {});
    }
  }

  /** Of calls that come together the program would lose those that are put off, but for the last. */
  #answerHook(id: string, request: JsonObject): void {
    const answer = this.#options.gate.before(callIn(request));
    if (answer.does !== "defer") return this.#send(id, hookAnswer(answer));
    this.#message.whenWhole((calls) => this.#send(id, hookAnswer(calls > 1 ? { does: "pass" } : answer)));
  }

  #answerPermission(id: string, request: JsonObject): void {
    const message = this.#options.gate.unallowed({
      id: textField(request, "tool_use_id") ?? "",
      tool: textField(request, "tool_name") ?? "",
      input: objectField(request, "input") ?? {},
    });
    if (message !== undefined) return this.#send(id, { behavior: "deny", message });
    this.isStopped = true;
    this.#options.stop();
  }

  #send(id: string, response: JsonObject): void {
    this.#lines.push(
      lineOf({ type: "control_response", response: { subtype: "success", request_id: id, response } }),
    );
  }
}

/** How many calls the message holds that the model is writing; its tools begin before it is whole. */
class MessageParts {
  #calls = 0;
  #isOpen = false;
  #waiting: ((calls: number) => void)[] = [];

  see(event: JsonObject | undefined): void {
    switch (event && textField(event, "type")) {
      case "message_start":
        this.#end();
        this.#calls = 0;
        this.#isOpen = true;
        return;
      case "content_block_start":
        if (textField(objectField(event, "content_block"), "type") === "tool_use") this.#calls += 1;
        return;
      case "message_stop":
        return this.#end();
      default:
    }
  }

  whenWhole(take: (calls: number) => void): void {
    if (this.#isOpen) this.#waiting.push(take);
    else take(this.#calls);
  }

  #end(): void {
    this.#isOpen = false;
    for (const take of this.#waiting.splice(0)) take(this.#calls);
  }
}

const hello = {
  type: "control_request",
  request_id: "tutti",
  request: { subtype: "initialize", hooks: { PreToolUse: [{ matcher: null, hookCallbackIds: ["tutti"] }] } },
};

function lineOf(message: Json): string {
  return `${JSON.stringify(message)}\n`;
}

/** The others are many, and long. */
function mayMatter(line: string): boolean {
  return /"type":"(?:control_re|result|command_lifecycle|assistant|message_st|content_block_start)/.test(
    line,
  );
}

function callIn(request: JsonObject): ToolCall {
  const input = objectField(request, "input") ?? {};
  const given = input["tool_input"];
  return {
    id: textField(input, "tool_use_id") ?? textField(request, "tool_use_id") ?? "",
    tool: textField(input, "tool_name") ?? "",
    input: isObject(given) ? given : {},
    cwd: textField(input, "cwd") ?? "",
    mode: textField(input, "permission_mode") ?? "",
    isOfSubagent: textField(input, "agent_id") !== undefined,
  };
}

function hookAnswer(answer: Answer): JsonObject {
  if (answer.does === "pass") return {};
  const reason = answer.does === "deny" ? { permissionDecisionReason: answer.reason } : {};
  return {
    hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: answer.does, ...reason },
  };
}

/** Hands over whole lines, however long: what is asked of tutti must not be cut. */
function createSplitter(take: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  return (bytes) => {
    const [first = "", ...others] = decoder.decode(bytes, { stream: true }).split("\n");
    rest.push(first);
    for (const next of others) {
      take(rest.join(""));
      rest = [next];
    }
  };
}

/** Texts that are taken in the order in which they were put in. */
function createQueue() {
  const waiting: string[] = [];
  let wake = Promise.withResolvers<void>();
  let ended = false;
  return {
    push: (text: string) => {
      waiting.push(text);
      wake.resolve();
    },
    end: () => {
      ended = true;
      wake.resolve();
    },
    all: async function* () {
      for (;;) {
        const text = waiting.shift();
        if (text !== undefined) yield text;
        else if (ended) return;
        else {
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      }
    },
  };
}

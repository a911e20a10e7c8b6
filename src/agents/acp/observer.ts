import type { JsonObject } from "../../expression/json.ts";
import { objectField, objectListField, textField } from "../fields.ts";
import { readToolCall, type ToolCall } from "./tool-call.ts";
import { costIn } from "./usage.ts";

/** An answer is kept up to so many characters. */
const maxAnswer = 16 * 1024 * 1024;
/** A line that has begun is shown after so long. */
const showAfterMs = 200;

/** Gathers what an agent says while it works. */
export interface Observer {
  see(update: JsonObject): void;
  /** A call that it asks permission for; what was said of it before is part of it. */
  asks(request: JsonObject): ToolCall;
  /** From here on it answers a new prompt; what it said before is history. */
  begin(): void;
  /** The calls that it denied by rules of its own. */
  readonly denied: readonly ToolCall[];
  /** The calls that were made since the first prompt, and for which it did not ask. */
  readonly unasked: readonly ToolCall[];
  /** The last text that it said. */
  readonly answer: string;
  /** Text, thoughts or calls since the prompt. */
  readonly hasWorked: boolean;
  /** The history that it told of a session holds a prompt. */
  readonly wasPrompted: boolean;
  /** What its session has cost so far; null: in a currency that is not counted; undefined: it has not said. */
  readonly costUsd: number | null | undefined;
  /** The slash commands that it knows; undefined until it says them. */
  readonly commands: readonly string[] | undefined;
  /** It says by itself that its work has failed, although it ends its turn. */
  readonly trouble: string | undefined;
  /** When it said something last, on the clock of `performance`. */
  readonly heardAt: number;
  /** Shows what is left of a line. */
  flush(): void;
}

export interface ObserverOptions {
  readonly print: (line: string) => void;
  readonly titleIsCommand: boolean;
}

export function observe(options: ObserverOptions): Observer {
  return new Watching(options);
}

class Watching implements Observer {
  readonly #lines: Lines;
  readonly #calls = new Map<string, ToolCall>();
  #message: string | undefined;
  #text = "";
  #last = "";
  #error = "";
  hasWorked = false;
  wasPrompted = false;
  costUsd: number | null | undefined;
  commands: readonly string[] | undefined;
  heardAt = performance.now();
  #isHistory = true;
  #isInTrouble = false;
  readonly #options: ObserverOptions;
  readonly denied: ToolCall[] = [];
  readonly #asked = new Set<string>();
  readonly #made = new Set<string>();

  constructor(options: ObserverOptions) {
    this.#lines = createLines(options.print);
    this.#options = options;
  }

  get trouble(): string | undefined {
    if (!this.#isInTrouble) return undefined;
    return this.#error || this.answer.trim() || "its model could not be asked";
  }

  get answer(): string {
    return this.#text.trim() === "" ? this.#last : this.#text;
  }

  get unasked(): readonly ToolCall[] {
    return [...this.#made]
      .filter((id) => !this.#asked.has(id))
      .flatMap((id) => this.#calls.get(id) ?? [])
      .map((call) => this.#withLine(call));
  }

  begin(): void {
    this.#cut();
    this.#text = "";
    this.#last = "";
    this.#isInTrouble = false;
    this.#error = "";
    this.hasWorked = false;
    this.#isHistory = false;
  }

  asks(request: JsonObject): ToolCall {
    this.#cut();
    this.#work();
    const call = this.#learn(objectField(request, "toolCall") ?? {});
    this.#asked.add(call.id);
    return this.#withLine(call);
  }

  see(update: JsonObject): void {
    this.heardAt = performance.now();
    switch (textField(update, "sessionUpdate")) {
      case "agent_message_chunk":
        return this.#say(update);
      case "agent_thought_chunk":
        return this.#work();
      case "user_message_chunk":
        return this.#prompted(update);
      case "tool_call":
      case "tool_call_update":
        return this.#call(update);
      case "available_commands_update":
        this.commands = objectListField(update, "availableCommands").flatMap(
          (one) => textField(one, "name") ?? [],
        );
        return;
      case "usage_update":
        return this.#cost(costIn(update));
      case "session_info_update":
        return this.#info(update);
      default:
    }
  }

  flush(): void {
    this.#lines.flush();
  }

  #say(update: JsonObject): void {
    if (this.#isHistory) return;
    const text = textField(objectField(update, "content"), "text");
    if (text === undefined) return;
    const message = textField(update, "messageId");
    if (message !== this.#message) this.#cut();
    this.#message = message;
    this.#work();
    if (this.#text.length < maxAnswer) this.#text += text;
    this.#lines.add(text);
  }

  /** Gemini's history begins with a message of its own, in a tag. */
  #prompted(update: JsonObject): void {
    const text = textField(objectField(update, "content"), "text") ?? "";
    if (this.#isHistory && text !== "" && !text.startsWith("<")) this.wasPrompted = true;
  }

  #call(update: JsonObject): void {
    if (this.#isHistory) return;
    this.#cut();
    this.#work();
    const isNew = !this.#calls.has(textField(update, "toolCallId") ?? "");
    const call = this.#learn(update);
    if (isNew && call.title !== "") this.#lines.whole(`→ ${call.title}`);
    if (isDenied(update)) this.denied.push(call);
    if (isMade(update)) this.#made.add(call.id);
  }

  #withLine(call: ToolCall): ToolCall {
    const isLine = this.#options.titleIsCommand && call.kind === "execute" && call.command === undefined;
    return isLine ? { ...call, command: call.title } : call;
  }

  #learn(said: JsonObject): ToolCall {
    const call = readToolCall(said, this.#calls.get(textField(said, "toolCallId") ?? ""));
    this.#calls.set(call.id, call);
    return call;
  }

  #work(): void {
    if (!this.#isHistory) this.hasWorked = true;
  }

  #cost(costUsd: number | null | undefined): void {
    if (costUsd !== undefined) this.costUsd = costUsd;
  }

  /** Codex ends its turn as if all were well when its model could not be asked; only this tells. */
  #info(update: JsonObject): void {
    const codex = objectField(objectField(update, "_meta"), "codex");
    const error = objectField(codex, "error");
    if (error) this.#error = [textField(error, "message"), textField(error, "additionalDetails")].join(": ");
    if (textField(objectField(codex, "threadStatus"), "type") === "systemError") this.#isInTrouble = true;
  }

  /** What is said after a call, or as another message, is an answer of its own. */
  #cut(): void {
    this.#lines.flush();
    if (this.#text.trim() !== "") this.#last = this.#text;
    this.#text = "";
  }
}

/** A call that failed may never have been made, unless it was seen under way. */
function isMade(update: JsonObject): boolean {
  const status = textField(update, "status");
  return status === "in_progress" || status === "completed";
}

/** Claude says of a call that was not made why it was not. */
function isDenied(update: JsonObject): boolean {
  const why = textField(objectField(objectField(update, "_meta"), "claudeCode"), "nonExecutionKind");
  return why === "permission-rule";
}

interface Lines {
  add(text: string): void;
  whole(line: string): void;
  flush(): void;
}

/** Texts that come in pieces, as lines; a piece of a line is shown when nothing more comes of it for a while. */
function createLines(print: (line: string) => void): Lines {
  let begun = "";
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    if (begun !== "") print(begun);
    begun = "";
  };
  return {
    add(text) {
      clearTimeout(timer);
      const lines = `${begun}${text}`.split("\n");
      begun = lines.pop() ?? "";
      lines.forEach((line) => print(line));
      timer = setTimeout(flush, showAfterMs);
    },
    whole(line) {
      flush();
      print(line);
    },
    flush,
  };
}

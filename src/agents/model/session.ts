import { appendFile, mkdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { ModelMessage } from "ai";
import type { Usage } from "../../core/outcome.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import { addUsage, noUsage } from "./prices.ts";

/** A tool call of the model. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
  /** Why the library could not read it: no such tool, or no JSON. */
  readonly invalid?: string;
}

/** What a tool call came to, as the model is told. */
export interface ToolResult {
  readonly call: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
  /** The call was not allowed; how `tools:` would have to name it. */
  readonly denied?: string;
  /** There is no such tool. */
  readonly unknown?: true;
}

/** What happened in a session, in order. */
export type Entry =
  /** The model is asked; what it costs is not known before its answer. */
  | { readonly type: "asks" }
  | {
      readonly type: "answer";
      readonly messages: readonly ModelMessage[];
      readonly text: string;
      readonly calls: readonly ToolCall[];
      readonly finish: string;
      readonly usage: Usage;
    }
  /** The call came to nothing. */
  | { readonly type: "failed"; readonly billed: boolean }
  /** A call that changes something begins. */
  | { readonly type: "acts"; readonly call: string }
  | { readonly type: "result"; readonly result: ToolResult }
  /** The answer was not of the wanted shape. */
  | { readonly type: "again"; readonly prompt: string }
  /** An outcome was given that the session goes on after; so much was counted for it. */
  | { readonly type: "counted"; readonly usage: Usage };

export type Answer = Extract<Entry, { readonly type: "answer" }>;

/** Takes known secrets out of what is written. */
export interface Redaction {
  json(value: Json): Json;
}

/**
 * What was said and done for a task, kept in a file so that another process can go on with it: a call of a tool whose
 * result is there is not made again. Only the task's own prompt is not in it.
 */
export class Session {
  readonly #file: string | undefined;
  readonly #redaction: Redaction;
  readonly #history: ModelMessage[] = [];
  readonly #results = new Map<string, ToolResult>();
  readonly #begun = new Set<string>();
  #answer: Answer | undefined;
  #isOpen = false;
  #usage: Usage = noUsage;
  #counted: Usage | undefined;
  #answers = 0;
  #asksAgain = 0;
  #denied: string[] = [];
  #unknownTools = 0;
  readonly resumed: boolean;

  constructor(
    entries: readonly Entry[],
    keep: { readonly file: string | undefined; readonly redaction: Redaction },
  ) {
    this.#file = keep.file;
    this.#redaction = keep.redaction;
    this.resumed = entries.length > 0;
    for (const entry of entries) this.#apply(entry);
    // whoever asked then was cut off: nobody knows what that call cost
    if (this.#isOpen) this.#apply({ type: "failed", billed: true });
  }

  /** The messages after the task's own. */
  get history(): readonly ModelMessage[] {
    return this.#history;
  }

  /** The last answer, as long as nothing came after it but results of its calls. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** Calls of the last answer that have no result yet. */
  get open(): readonly ToolCall[] {
    return (this.#answer?.calls ?? []).filter(({ id }) => !this.#results.has(id));
  }

  /** A process that is gone began this call, and nobody knows how far it came. */
  wasBegun(call: string): boolean {
    return this.#begun.has(call);
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** What earlier outcomes of this session have counted. */
  get counted(): Usage | undefined {
    return this.#counted;
  }

  get answers(): number {
    return this.#answers;
  }

  get asksAgain(): number {
    return this.#asksAgain;
  }

  get denied(): readonly string[] {
    return this.#denied;
  }

  get unknownTools(): number {
    return this.#unknownTools;
  }

  async add(entry: Entry): Promise<void> {
    if (this.#file !== undefined) {
      const clean = this.#redaction.json(entry as unknown as Json);
      await appendFile(this.#file, `${JSON.stringify(clean)}\n`, { mode: 0o600 });
    }
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if (entry.type === "asks") {
      if (this.#isOpen) this.#loseCost();
      this.#isOpen = true;
    }
    if (entry.type === "acts") this.#begun.add(entry.call);
    else if (entry.type === "counted") this.#counted = entry.usage;
    else if (entry.type === "answer") this.#applyAnswer(entry);
    else if (entry.type === "result") this.#applyResult(entry.result);
    else if (entry.type === "again") {
      this.#asksAgain += 1;
      this.#answer = undefined;
      this.#history.push({ role: "user", content: entry.prompt });
    } else if (entry.type === "failed") {
      this.#isOpen = false;
      if (entry.billed) this.#loseCost();
    }
  }

  /** A call was made of which nobody knows what it cost. */
  #loseCost(): void {
    this.#usage = { ...this.#usage, atLeast: true };
  }

  #applyAnswer(answer: Answer): void {
    this.#isOpen = false;
    this.#answers += 1;
    this.#usage = addUsage(this.#usage, answer.usage);
    this.#answer = answer;
    this.#history.push(...answer.messages);
  }

  #applyResult(result: ToolResult): void {
    this.#results.set(result.call, result);
    if (result.denied !== undefined) this.#denied.push(result.denied);
    if (result.unknown) this.#unknownTools += 1;
    if (this.open.length > 0) return;
    const calls = this.#answer?.calls ?? [];
    this.#answer = undefined;
    this.#history.push({
      role: "tool",
      content: calls.flatMap(({ id }) => {
        const done = this.#results.get(id);
        return done ? [partOf(done)] : [];
      }),
    });
  }
}

function partOf({ call, name, text, isError }: ToolResult) {
  const output = isError
    ? { type: "error-text" as const, value: text }
    : { type: "text" as const, value: text };
  return { type: "tool-result" as const, toolCallId: call, toolName: name, output };
}

export interface SessionPlace {
  /** The folder of all sessions; absent: nothing is kept, and none goes on. */
  readonly folder: string | undefined;
  readonly redaction: Redaction;
}

/** Opens the session of this id: a new one, or what an earlier process left of it. */
export async function openSession(id: string, { folder, redaction }: SessionPlace): Promise<Session> {
  if (folder === undefined) return new Session([], { file: undefined, redaction });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${id}.jsonl`);
  return new Session(await entriesOf(file), { file, redaction });
}

/** The whole lines of a file; what a crash left of a last one is cut off. */
async function entriesOf(file: string): Promise<readonly Entry[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole));
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

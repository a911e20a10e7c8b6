import type { ModelMessage, SystemModelMessage, ToolSet } from "ai";
import type { JsonObject } from "../../expression/json.ts";
import { isObject } from "../../expression/json.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { Tokens } from "./prices.ts";
import { providerName, type Sdk } from "./sdk.ts";
import type { ToolCall } from "./session.ts";
import { strictSchema } from "./strict.ts";

export interface Question {
  readonly instructions: string | SystemModelMessage[];
  readonly messages: readonly ModelMessage[];
  readonly tools: ToolSet;
  readonly effort: AgentTask["effort"];
  /** What the provider is to hold the answer to. */
  readonly schema: JsonObject | undefined;
  readonly signal: AbortSignal;
  /** Whole lines of text as they come. */
  readonly onLine: (line: string) => void;
  /** Something came, be it text or not. */
  readonly onPart: () => void;
}

export interface Said {
  readonly messages: readonly ModelMessage[];
  readonly text: string;
  readonly calls: readonly ToolCall[];
  /** Why it ended, in the library's words. */
  readonly finish: string;
  readonly tokens: Tokens;
}

/** One call of the model. Rejects with whatever made it fail, or with the signal's reason. */
export async function ask({ ai, model }: Sdk, question: Question): Promise<Said> {
  const { instructions, messages, tools, effort, schema, signal } = question;
  const result = ai.streamText({
    model,
    instructions,
    messages: [...messages],
    tools,
    // a refusal has to reach tutti, which knows what to do about it
    maxRetries: 0,
    telemetry: { isEnabled: false },
    abortSignal: signal,
    // told by the stream, too; without this it is printed
    onError: () => {},
    ...(effort === undefined ? {} : { reasoning: effort }),
    ...(schema ? outputOf(ai, schema) : {}),
  });
  const reader = readerOf(question.onLine);
  for await (const part of result.stream) {
    question.onPart();
    reader.read(part as Part);
  }
  signal.throwIfAborted();
  reader.end();
  const response = await result.response;
  return {
    messages: response.messages.filter(({ role }) => role === "assistant"),
    ...reader.said(),
  };
}

/** The second part is for OpenAI and its like only: it refuses schemas that it cannot hold a model to strictly. */
function outputOf(ai: Sdk["ai"], schema: JsonObject) {
  const strict = strictSchema(schema);
  return {
    output: ai.Output.object({ schema: ai.jsonSchema(strict ?? schema) }),
    providerOptions: { [providerName]: { strictJsonSchema: strict !== undefined } },
  };
}

/** The parts of the library's stream that matter here. */
type Part =
  | { readonly type: "text-delta"; readonly text: string }
  | {
      readonly type: "tool-call";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: unknown;
      readonly invalid?: boolean;
      readonly error?: unknown;
    }
  | { readonly type: "finish-step"; readonly finishReason: string; readonly usage: LibraryUsage }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "text-end" | "start" };

interface LibraryUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly inputTokenDetails: {
    readonly cacheReadTokens: number | undefined;
    readonly cacheWriteTokens: number | undefined;
  };
}

function readerOf(onLine: (line: string) => void) {
  const texts: string[] = [];
  const calls: ToolCall[] = [];
  let line = "";
  let finish = "other";
  let tokens: Tokens = { input: undefined, output: undefined };
  let failure: { readonly error: unknown } | undefined;
  const flush = (): void => {
    if (line.trim() !== "") onLine(line);
    line = "";
  };
  return {
    read: (part: Part): void => {
      switch (part.type) {
        case "text-delta": {
          texts.push(part.text);
          const [first = "", ...more] = part.text.split("\n");
          line += first;
          for (const next of more) {
            flush();
            line = next;
          }
          return;
        }
        case "text-end":
          return flush();
        case "tool-call":
          calls.push(callOf(part));
          return;
        case "finish-step":
          finish = part.finishReason;
          tokens = tokensOf(part.usage);
          return;
        case "error":
          failure ??= part;
          return;
        default:
      }
    },
    /** Throws what made the call fail. */
    end: (): void => {
      flush();
      if (failure) throw failure.error;
    },
    said: () => ({ text: texts.join(""), calls, finish, tokens }),
  };
}

function callOf({
  toolCallId,
  toolName,
  input,
  invalid,
  error,
}: Extract<Part, { type: "tool-call" }>): ToolCall {
  const why = error instanceof Error ? error.message : "its input is no JSON object";
  const readable = isObject(input) ? input : {};
  return {
    id: toolCallId,
    name: toolName,
    input: readable,
    ...(invalid === true || !isObject(input) ? { invalid: why } : {}),
  };
}

function tokensOf({ inputTokens, outputTokens, inputTokenDetails }: LibraryUsage): Tokens {
  return {
    input: inputTokens,
    output: outputTokens,
    cached: inputTokenDetails.cacheReadTokens,
    cacheWrite: inputTokenDetails.cacheWriteTokens,
  };
}

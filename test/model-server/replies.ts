/** What the model server answers to one request. */
export type Reply =
  | { readonly kind: "text"; readonly text: string; readonly usage?: ReplyUsage }
  | {
      readonly kind: "tool";
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly usage?: ReplyUsage;
    }
  | {
      readonly kind: "error";
      readonly status: number;
      /** `rate_limit_error`, `overloaded_error`, `invalid_request_error`, … */
      readonly type: string;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The stream begins and the connection is then lost. */
  | { readonly kind: "cut" }
  /** The stream begins and nothing more ever comes. */
  | { readonly kind: "silence" };

export interface ReplyUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const defaultUsage: ReplyUsage = { inputTokens: 100, outputTokens: 20 };

export function text(answer: string, usage?: ReplyUsage): Reply {
  return { kind: "text", text: answer, ...(usage ? { usage } : {}) };
}

export function tool(name: string, input: Readonly<Record<string, unknown>>): Reply {
  return { kind: "tool", name, input };
}

export function rateLimited(headers: Readonly<Record<string, string>> = {}): Reply {
  const message = "This request would exceed your account's rate limit. Please try again later.";
  return { kind: "error", status: 429, type: "rate_limit_error", message, headers };
}

export function overloaded(): Reply {
  return { kind: "error", status: 529, type: "overloaded_error", message: "Overloaded" };
}

export function broken(status = 500): Reply {
  return { kind: "error", status, type: "api_error", message: "Internal server error" };
}

export function promptTooLong(): Reply {
  const message = "prompt is too long: 250000 tokens > 200000 maximum";
  return { kind: "error", status: 400, type: "invalid_request_error", message };
}

export function unauthorized(): Reply {
  return { kind: "error", status: 401, type: "authentication_error", message: "invalid x-api-key" };
}

/** The message of a text or tool reply, as the Messages API gives it without streaming. */
export function messageOf(reply: Extract<Reply, { kind: "text" | "tool" }>, { id, model }: MessageNames) {
  const usage = reply.usage ?? defaultUsage;
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [
      reply.kind === "text"
        ? { type: "text", text: reply.text }
        : { type: "tool_use", id: `toolu_${id}`, name: reply.name, input: reply.input },
    ],
    stop_reason: reply.kind === "text" ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
  };
}

export interface MessageNames {
  readonly id: string;
  readonly model: string;
}

/** The same message as server-sent events. */
export function eventsOf(reply: Extract<Reply, { kind: "text" | "tool" }>, names: MessageNames): string[] {
  const message = messageOf(reply, names);
  const delta =
    reply.kind === "text"
      ? { type: "text_delta", text: reply.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(reply.input) };
  const block =
    reply.kind === "text"
      ? { type: "text", text: "" }
      : { type: "tool_use", id: `toolu_${names.id}`, name: reply.name, input: {} };
  return [
    startOf(names, message.usage.input_tokens),
    event("content_block_start", { index: 0, content_block: block }),
    event("content_block_delta", { index: 0, delta }),
    event("content_block_stop", { index: 0 }),
    event("message_delta", {
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: message.usage.output_tokens },
    }),
    event("message_stop", {}),
  ];
}

/** The first event of every stream. */
export function startOf({ id, model }: MessageNames, inputTokens: number): string {
  return event("message_start", {
    message: {
      id,
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: inputTokens, output_tokens: 1 },
    },
  });
}

function event(type: string, rest: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

import {
  defaultUsage,
  messagesIn,
  namedEvent,
  toolsNamed,
  type Dialect,
  type MessageNames,
  type Saying,
} from "./dialect.ts";

/** Anthropic's Messages API. */
export const anthropic: Dialect = {
  name: "anthropic",
  read: (path, body) =>
    path === "/v1/messages"
      ? {
          dialect: "anthropic",
          model: String(body["model"]),
          messages: messagesIn(body["messages"]),
          tools: toolsNamed(body["tools"]),
          system: body["system"],
          stream: body["stream"] === true,
          outputConfig: body["output_config"],
          thinking: body["thinking"],
        }
      : undefined,
  message,
  events,
  start: (names) => startOf(names, { input_tokens: 100 }),
  error: ({ type, message: said }) => ({ type: "error", error: { type, message: said } }),
};

function message(reply: Saying, { id, model }: MessageNames) {
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
    usage: usageOf(reply),
  };
}

function events(reply: Saying, names: MessageNames): string[] {
  const whole = message(reply, names);
  const delta =
    reply.kind === "text"
      ? { type: "text_delta", text: reply.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(reply.input) };
  const block =
    reply.kind === "text"
      ? { type: "text", text: "" }
      : { type: "tool_use", id: `toolu_${names.id}`, name: reply.name, input: {} };
  return [
    startOf(names, whole.usage),
    namedEvent("content_block_start", { index: 0, content_block: block }),
    namedEvent("content_block_delta", { index: 0, delta }),
    namedEvent("content_block_stop", { index: 0 }),
    namedEvent("message_delta", {
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: { output_tokens: whole.usage.output_tokens },
    }),
    namedEvent("message_stop", {}),
  ];
}

/** Tokens of the cache are no part of `input_tokens` there. */
function usageOf({ usage = defaultUsage }: Saying) {
  const { inputTokens, outputTokens, cachedTokens = 0 } = usage;
  return {
    input_tokens: inputTokens - cachedTokens,
    output_tokens: outputTokens,
    ...(cachedTokens > 0 ? { cache_read_input_tokens: cachedTokens } : {}),
  };
}

function startOf({ id, model }: MessageNames, usage: object): string {
  return namedEvent("message_start", {
    message: {
      id,
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    },
  });
}

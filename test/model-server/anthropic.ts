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
    content: blocksOf(reply, id),
    stop_reason: reply.kind === "text" ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: usageOf(reply),
  };
}

function blocksOf(reply: Saying, id: string) {
  if (reply.kind === "text") return [{ type: "text", text: reply.text }];
  return [reply, ...(reply.beside ?? [])].map(({ name, input }, index) => ({
    type: "tool_use",
    // Claude Code loses the result of a call whose id begins with that of another
    id: index === 0 ? `toolu_${id}` : `toolu_${index}_${id}`,
    name,
    input,
  }));
}

function events(reply: Saying, names: MessageNames): string[] {
  const whole = message(reply, names);
  return [
    startOf(names, whole.usage),
    ...whole.content.flatMap((block, index) => blockEvents(block, index)),
    namedEvent("message_delta", {
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: { output_tokens: whole.usage.output_tokens },
    }),
    namedEvent("message_stop", {}),
  ];
}

function blockEvents(block: ReturnType<typeof blocksOf>[number], index: number): string[] {
  const [empty, delta] =
    "text" in block
      ? [
          { ...block, text: "" },
          { type: "text_delta", text: block.text },
        ]
      : [
          { ...block, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ];
  return [
    namedEvent("content_block_start", { index, content_block: empty }),
    namedEvent("content_block_delta", { index, delta }),
    namedEvent("content_block_stop", { index }),
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

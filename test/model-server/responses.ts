import {
  defaultUsage,
  messagesIn,
  namedEvent,
  toolsNamed,
  type Dialect,
  type MessageNames,
  type Saying,
} from "./dialect.ts";

/** OpenAI's Responses API. */
export const responses: Dialect = {
  name: "responses",
  read: (path, body) =>
    path.endsWith("/responses")
      ? {
          dialect: "responses",
          model: String(body["model"]),
          messages: messagesIn(body["input"]),
          tools: toolsNamed(body["tools"]),
          system: body["instructions"],
          stream: body["stream"] === true,
          outputConfig: body["text"],
          thinking: body["reasoning"],
        }
      : undefined,
  message: completed,
  events: (reply, names) => {
    const item = itemOf(reply, names);
    const at = { output_index: 0, item_id: item.id };
    return [
      created(names),
      namedEvent("response.output_item.added", { output_index: 0, item: begun(item) }),
      ...(reply.kind === "text"
        ? [namedEvent("response.output_text.delta", { ...at, content_index: 0, delta: reply.text })]
        : []),
      namedEvent("response.output_item.done", { output_index: 0, item }),
      namedEvent("response.completed", { response: completed(reply, names) }),
    ];
  },
  start: created,
  error: ({ type, message }) => ({ error: { message, type, code: type, param: null } }),
};

function created({ id, model }: MessageNames): string {
  const response = {
    id,
    object: "response",
    created_at: 1_700_000_000,
    model,
    status: "in_progress",
    output: [],
  };
  return namedEvent("response.created", { response });
}

function completed(reply: Saying, names: MessageNames) {
  const { inputTokens, outputTokens } = reply.usage ?? defaultUsage;
  return {
    id: names.id,
    object: "response",
    created_at: 1_700_000_000,
    model: names.model,
    status: "completed",
    output: [itemOf(reply, names)],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function itemOf(reply: Saying, { id }: MessageNames) {
  if (reply.kind === "text") {
    const content = [{ type: "output_text", text: reply.text, annotations: [] }];
    return { id: `item_${id}`, type: "message", role: "assistant", status: "completed", content };
  }
  return {
    id: `item_${id}`,
    type: "function_call",
    call_id: `call_${id}`,
    name: reply.name,
    ...(reply.namespace === undefined ? {} : { namespace: reply.namespace }),
    arguments: JSON.stringify(reply.input),
    status: "completed",
  };
}

function begun(item: ReturnType<typeof itemOf>) {
  return item.type === "message"
    ? { ...item, status: "in_progress", content: [] }
    : { ...item, status: "in_progress", arguments: "" };
}

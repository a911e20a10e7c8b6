import {
  dataEvent,
  defaultUsage,
  messagesIn,
  toolsNamed,
  type Body,
  type Dialect,
  type MessageNames,
  type Saying,
} from "./dialect.ts";

/** OpenAI's Chat Completions, which most other servers speak too. */
export const chat: Dialect = {
  name: "chat",
  read: (path, body) =>
    path.endsWith("/chat/completions")
      ? {
          dialect: "chat",
          model: String(body["model"]),
          messages: messagesIn(body["messages"]),
          tools: toolsNamed(functionsIn(body["tools"])),
          stream: body["stream"] === true,
          outputConfig: body["response_format"],
          thinking: body["reasoning_effort"],
        }
      : undefined,
  message: (reply, names) => ({
    ...head(names, "chat.completion"),
    choices: [{ index: 0, message: { role: "assistant", ...said(reply, names) }, finish_reason: end(reply) }],
    usage: usageOf(reply),
  }),
  events: (reply, names) => [
    chunk(names, [{ index: 0, delta: { role: "assistant", ...said(reply, names) }, finish_reason: null }]),
    chunk(names, [{ index: 0, delta: {}, finish_reason: end(reply) }]),
    chunk(names, [], { usage: usageOf(reply) }),
    dataEvent("[DONE]"),
  ],
  start: (names) =>
    chunk(names, [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]),
  error: ({ type, message }) => ({ error: { message, type, code: type, param: null } }),
};

function functionsIn(tools: unknown): readonly unknown[] {
  return (Array.isArray(tools) ? (tools as readonly Body[]) : []).map((one) => one["function"] ?? {});
}

function head({ id, model }: MessageNames, object: string) {
  return { id, object, created: 1_700_000_000, model };
}

function chunk(names: MessageNames, choices: readonly object[], more: object = {}): string {
  return dataEvent({ ...head(names, "chat.completion.chunk"), choices, ...more });
}

function said(reply: Saying, { id }: MessageNames) {
  if (reply.kind === "text") return { content: reply.text };
  const call = { name: reply.name, arguments: JSON.stringify(reply.input) };
  return { content: null, tool_calls: [{ index: 0, id: `call_${id}`, type: "function", function: call }] };
}

function end(reply: Saying): string {
  return reply.kind === "text" ? "stop" : "tool_calls";
}

function usageOf(reply: Saying) {
  const { inputTokens, outputTokens, cachedTokens = 0 } = reply.usage ?? defaultUsage;
  return {
    prompt_tokens: inputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

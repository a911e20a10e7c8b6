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

const path = /^\/v1(?:beta)?\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/** Google's Gemini API. */
export const gemini: Dialect = {
  name: "gemini",
  read: (asked, body) => {
    const [, model, verb] = path.exec(asked) ?? [];
    if (model === undefined) return undefined;
    return {
      dialect: "gemini",
      model,
      messages: messagesIn(body["contents"]),
      tools: toolsNamed(functionsIn(body["tools"])),
      system: body["systemInstruction"],
      stream: verb === "streamGenerateContent",
      outputConfig: body["generationConfig"],
    };
  },
  message,
  events: (reply, names) => [dataEvent(message(reply, names))],
  start: ({ id, model }) =>
    dataEvent({
      candidates: [{ index: 0, content: { role: "model", parts: [] } }],
      modelVersion: model,
      responseId: id,
    }),
  error: ({ status, message: said, details }) => ({
    error: { code: status, message: said, status: statusNames[status] ?? "UNKNOWN", details: details ?? [] },
  }),
};

const statusNames: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

function functionsIn(tools: unknown): readonly unknown[] {
  const list = Array.isArray(tools) ? (tools as readonly Body[]) : [];
  return list.flatMap((one) => (one["functionDeclarations"] ?? []) as readonly unknown[]);
}

function message(reply: Saying, { id, model }: MessageNames) {
  const { inputTokens, outputTokens } = reply.usage ?? defaultUsage;
  const part =
    reply.kind === "text" ? { text: reply.text } : { functionCall: { name: reply.name, args: reply.input } };
  return {
    candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: inputTokens + outputTokens,
    },
    modelVersion: model,
    responseId: id,
  };
}

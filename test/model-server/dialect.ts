import type { Reply, ReplyUsage } from "./replies.ts";

/** A request to a model, whatever the protocol it came by. */
export interface ModelRequest {
  readonly dialect: Dialect["name"];
  readonly model: string;
  /** As the protocol has them: `messages`, `input` or `contents`. */
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools: readonly { readonly name: string }[];
  readonly system?: unknown;
  readonly stream: boolean;
  readonly outputConfig?: unknown;
  /** How long it is to think. */
  readonly thinking?: unknown;
}

/** A reply that says something, rather than failing. */
export type Saying = Extract<Reply, { kind: "text" | "tool" }>;

export interface MessageNames {
  readonly id: string;
  readonly model: string;
}

export type Body = Readonly<Record<string, unknown>>;

/** One protocol by which a program asks a model. */
export interface Dialect {
  readonly name: "anthropic" | "chat" | "responses" | "gemini";
  /** The request, when the path is one of this protocol; undefined when it is not. */
  read(path: string, body: Body): ModelRequest | undefined;
  /** What the reply is without streaming. */
  message(reply: Saying, names: MessageNames): unknown;
  /** The same as server-sent events. */
  events(reply: Saying, names: MessageNames): readonly string[];
  /** The beginning of every stream. */
  start(names: MessageNames): string;
  error(reply: Extract<Reply, { kind: "error" }>): unknown;
}

export const defaultUsage: ReplyUsage = { inputTokens: 100, outputTokens: 20 };

/** Events without a name, as everybody but Anthropic and OpenAI's Responses sends them. */
export function dataEvent(data: unknown): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

export function namedEvent(type: string, rest: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

/** The names of declared tools; what has no name is left out. */
export function toolsNamed(declared: unknown): readonly { readonly name: string }[] {
  const list = Array.isArray(declared) ? (declared as readonly Body[]) : [];
  return list.flatMap((one) => (typeof one["name"] === "string" ? [{ name: one["name"] }] : []));
}

export function messagesIn(list: unknown): ModelRequest["messages"] {
  return (Array.isArray(list) ? list : []) as ModelRequest["messages"];
}

/** What the model server answers to one request. */
export type Reply =
  | { readonly kind: "text"; readonly text: string; readonly usage?: ReplyUsage }
  | {
      readonly kind: "tool";
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      /** Calls of the same message; only Anthropic's have them here. */
      readonly beside?: readonly {
        readonly name: string;
        readonly input: Readonly<Record<string, unknown>>;
      }[];
      /** Of the tool's name; only OpenAI's Responses have them. */
      readonly namespace?: string;
      readonly usage?: ReplyUsage;
    }
  | {
      readonly kind: "error";
      readonly status: number;
      /** `rate_limit_error`, `overloaded_error`, `invalid_request_error`, … */
      readonly type: string;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Only Gemini has them. */
      readonly details?: readonly object[];
    }
  /** The stream begins and the connection is then lost. */
  | { readonly kind: "cut" }
  /** The stream begins and nothing more ever comes. */
  | { readonly kind: "silence" };

export interface ReplyUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens: those that came from the provider's cache. */
  readonly cachedTokens?: number;
}

export function text(answer: string, usage?: ReplyUsage): Reply {
  return { kind: "text", text: answer, ...(usage ? { usage } : {}) };
}

export function tool(
  name: string,
  input: Readonly<Record<string, unknown>>,
): Extract<Reply, { readonly kind: "tool" }> {
  return { kind: "tool", name, input };
}

/** Calls that come together. */
export function tools(...calls: readonly [ReturnType<typeof tool>, ...ReturnType<typeof tool>[]]): Reply {
  const [first, ...beside] = calls;
  return { ...first, beside };
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

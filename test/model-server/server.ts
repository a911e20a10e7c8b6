import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { eventsOf, messageOf, startOf, text, type Reply } from "./replies.ts";

/**
 * A model behind the Anthropic Messages API that says what a script tells it to. On loopback only.
 *
 * - a list of replies is given out in order, one a request; a request beyond its end gets the text "(script ended)";
 * - a function is asked for every request;
 * - requests are kept for the test to look at.
 */
export interface ModelServer {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Replaces what is left of the script and forgets the requests. */
  play(script: Script): void;
  close(): Promise<void>;
}

export type Script = readonly Reply[] | ((request: ModelRequest, index: number) => Reply);

export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools: readonly { readonly name: string }[];
  readonly system?: unknown;
  readonly stream: boolean;
  readonly outputConfig?: unknown;
}

export async function startModelServer(script: Script = []): Promise<ModelServer> {
  const state: State = { script, requests: [], given: 0 };
  const server = createServer((request, response) => {
    serve(request, response, state).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return state.requests;
    },
    play(next) {
      Object.assign(state, { script: next, requests: [], given: 0 });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface State {
  script: Script;
  requests: ModelRequest[];
  given: number;
}

async function serve(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method === "POST" && path === "/v1/messages/count_tokens")
    return sendJson(response, 200, { input_tokens: 100 });
  if (request.method !== "POST" || path !== "/v1/messages")
    return sendJson(response, request.method === "HEAD" ? 200 : 404, {
      type: "error",
      error: { type: "not_found_error", message: path },
    });
  const asked = parseRequest(Buffer.concat(chunks).toString("utf8"));
  state.requests.push(asked);
  const index = state.given;
  state.given += 1;
  const reply =
    typeof state.script === "function"
      ? state.script(asked, index)
      : (state.script[index] ?? text("(script ended)"));
  answer(reply, { response, asked, index });
}

function parseRequest(body: string): ModelRequest {
  const parsed = JSON.parse(body) as Record<string, unknown>;
  return {
    model: String(parsed["model"]),
    messages: (parsed["messages"] ?? []) as ModelRequest["messages"],
    tools: (parsed["tools"] ?? []) as ModelRequest["tools"],
    system: parsed["system"],
    stream: parsed["stream"] === true,
    outputConfig: parsed["output_config"],
  };
}

interface Answering {
  readonly response: ServerResponse;
  readonly asked: ModelRequest;
  readonly index: number;
}

function answer(reply: Reply, { response, asked, index }: Answering): void {
  const names = { id: `msg_${String(index).padStart(4, "0")}`, model: asked.model };
  if (reply.kind === "error") {
    const error = { type: "error", error: { type: reply.type, message: reply.message } };
    return sendJson(response, reply.status, error, reply.headers);
  }
  if (reply.kind === "cut" || reply.kind === "silence") {
    startStream(response);
    response.write(startOf(names, 100));
    if (reply.kind === "cut") setImmediate(() => response.destroy());
    return;
  }
  if (!asked.stream) return sendJson(response, 200, messageOf(reply, names));
  startStream(response);
  response.end(eventsOf(reply, names).join(""));
}

function startStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_scripted" });
}

function sendJson(
  response: ServerResponse,
  status: number,
  ...[body, headers]: [unknown, Readonly<Record<string, string>>?]
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

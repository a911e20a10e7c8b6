import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import type { Body, Dialect, ModelRequest } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { text, type Reply } from "./replies.ts";
import { responses } from "./responses.ts";

/**
 * A model behind Anthropic's, OpenAI's and Google's protocols that says what a script tells it to. On loopback only.
 *
 * - a list of replies is given out in order, one a request; a request beyond its end gets the text "(script ended)";
 * - a function is asked for every request;
 * - requests are kept for the test to look at.
 */
export interface ModelServer {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** How many requests wait for the end of their answer. */
  open(): number;
  /** Replaces what is left of the script and forgets the requests. */
  play(script: Script): void;
  close(): Promise<void>;
}

export type Script = readonly Reply[] | ((request: ModelRequest, index: number) => Reply);

export type { ModelRequest } from "./dialect.ts";

export async function startModelServer(script: Script = []): Promise<ModelServer> {
  const state: State = { script, requests: [], given: 0 };
  let open = 0;
  const server = createServer((request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
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
    open: () => open,
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

const dialects: readonly Dialect[] = [anthropic, chat, responses, gemini];

async function serve(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const counted = request.method === "POST" ? countOf(path) : undefined;
  if (counted) return sendJson(response, 200, counted);
  const found = request.method === "POST" ? readBy(path, Buffer.concat(chunks).toString("utf8")) : undefined;
  if (!found)
    return sendJson(response, request.method === "HEAD" ? 200 : 404, {
      type: "error",
      error: { type: "not_found_error", message: path },
    });
  const { asked, dialect } = found;
  state.requests.push(asked);
  const index = state.given;
  state.given += 1;
  const reply =
    typeof state.script === "function"
      ? state.script(asked, index)
      : (state.script[index] ?? text("(script ended)"));
  answer(reply, { response, asked, index, dialect });
}

/** What counting tokens gives, where the path asks for it. */
function countOf(path: string): object | undefined {
  if (path === "/v1/messages/count_tokens") return { input_tokens: 100 };
  return path.endsWith(":countTokens") ? { totalTokens: 100 } : undefined;
}

function readBy(
  path: string,
  text: string,
): { readonly asked: ModelRequest; readonly dialect: Dialect } | undefined {
  const body = JSON.parse(text === "" ? "{}" : text) as Body;
  for (const dialect of dialects) {
    const asked = dialect.read(path, body);
    if (asked) return { asked, dialect };
  }
  return undefined;
}

interface Answering {
  readonly response: ServerResponse;
  readonly asked: ModelRequest;
  readonly index: number;
  readonly dialect: Dialect;
}

function answer(reply: Reply, { response, asked, index, dialect }: Answering): void {
  const names = { id: `msg_${String(index).padStart(4, "0")}`, model: asked.model };
  if (reply.kind === "error") return sendJson(response, reply.status, dialect.error(reply), reply.headers);
  if (reply.kind === "cut" || reply.kind === "silence") {
    startStream(response);
    response.write(dialect.start(names));
    if (reply.kind === "cut") setImmediate(() => response.destroy());
    return;
  }
  if (!asked.stream) return sendJson(response, 200, dialect.message(reply, names));
  startStream(response);
  response.end(dialect.events(reply, names).join(""));
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

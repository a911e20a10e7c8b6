import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { SourceOptions } from "./options.ts";
import { readPosition } from "./position.ts";
import { postOf } from "./post-body.ts";
import { Posts } from "./posts.ts";
import { messageOf, TuttiError } from "../../errors.ts";
import type { Source } from "../../language/pipeline.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SourceReader } from "../source.ts";

export type ListenSource = Extract<Source, { readonly kind: "listen" }>;

const loopback = "127.0.0.1";
const leastBodyBytes = 4 * 1024 * 1024;
const lastAnswersMs = 1000;
/** The body of one post may hold so many of the longest records. */
const recordsOfABody = 4;

/**
 * Takes records that are posted to an endpoint on loopback. The answer is
 *
 * - 202 when all of them are durable, 503 when they will not be (the pipeline stops);
 * - 400 when one cannot be read: none is taken then;
 * - 413 for a body that is too large, 429 with `Retry-After` while those who read do not keep up;
 * - 403 for what a page in a browser sends (`Origin`), or asks for by another name than loopback (`Host`); there is no CORS.
 *
 * What was posted and not answered may be posted again, and is taken again then.
 */
export async function openListen(source: ListenSource, options: SourceOptions): Promise<SourceReader> {
  readPosition(options.position, { kind: "listen", parse: () => true });
  const posts = new Posts();
  const { recordBytes } = options.flow;
  const mostBytes = Math.max(leastBodyBytes, recordsOfABody * recordBytes);
  const answering = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = answer(request, { source, posts, mostBytes, recordBytes })
      .catch((error: unknown) => ({ status: 500, text: messageOf(error) }))
      .then((reply) => send(response, reply));
    answering.add(answered);
    void answered.finally(() => answering.delete(answered));
  });
  await startListening(server, source);
  // a connection that could not be taken: the others go on
  server.on("error", (error) => options.host.print(`a connection was lost: ${error.message}`, "stderr"));
  options.host.print(`listens on http://${loopback}:${portOf(server)}${source.path}`, "stderr");
  return {
    read: (most, signal) => posts.read(most, signal),
    async close() {
      const closed = once(server, "close");
      server.close();
      posts.end();
      await untilLatest(Promise.allSettled(answering), options.host.clock);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Waits for answers that are on their way, but not for ever. */
async function untilLatest(answers: Promise<unknown>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = clock.at(clock.now() + lastAnswersMs, resolve);
  await Promise.race([answers, promise]);
  forget();
}

async function startListening(server: Server, { port }: ListenSource): Promise<void> {
  server.listen(port, loopback);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new TuttiError("SOURCE_UNREADABLE", `Cannot listen on port ${port}: ${messageOf(error)}`, {
      fix: "end the program that has this port, or name another one",
      cause: error,
    });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly source: ListenSource;
  readonly posts: Posts;
  readonly mostBytes: number;
  readonly recordBytes: number;
}

async function answer(request: IncomingMessage, endpoint: Endpoint): Promise<Reply> {
  const refused = refusal(request, endpoint.source);
  if (refused) return refused;
  const { posts, mostBytes } = endpoint;
  const announced = Number(request.headers["content-length"] ?? mostBytes);
  if (announced > mostBytes) return tooLarge(mostBytes);
  const release = posts.hold(announced);
  if (!release) return tooMany;
  try {
    const body = await bodyOf(request, mostBytes);
    return body ? await taken(request, { ...endpoint, body }) : tooLarge(mostBytes);
  } finally {
    release();
  }
}

async function taken(
  request: IncomingMessage,
  { body, posts, ...endpoint }: Endpoint & { readonly body: Buffer },
): Promise<Reply> {
  const { records, problems } = postOf(body, { ...endpoint, type: request.headers["content-type"] ?? "" });
  if (problems.length > 0) return { status: 400, text: problems.join("\n") };
  const isKept = records.length === 0 || (await posts.put(records, gone(request)));
  return isKept
    ? { status: 202, text: `${records.length} records` }
    : { status: 503, text: "the pipeline stops: post it again later" };
}

function tooLarge(mostBytes: number): Reply {
  return { status: 413, text: `a post has at most ${mostBytes} bytes` };
}

const tooMany: Reply = {
  status: 429,
  text: "too much waits: post it again later",
  headers: { "retry-after": "1" },
};

function refusal(request: IncomingMessage, source: ListenSource): Reply | undefined {
  const { headers, method, url = "" } = request;
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (![loopback, "localhost"].includes(host)) return { status: 403, text: "ask for 127.0.0.1 or localhost" };
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined)
    return { status: 403, text: "pages in browsers may not post here" };
  if (url.split("?")[0] !== source.path) return { status: 404, text: "nothing is here" };
  if (method !== "POST") return { status: 405, text: "post records here", headers: { allow: "POST" } };
  if (headers["content-encoding"] !== undefined && headers["content-encoding"] !== "identity")
    return { status: 415, text: "post it as it is, not compressed" };
  return undefined;
}

/** Undefined: it is too large. What is left of it is thrown away as it comes, or who sends it would not read the answer. */
async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function gone(request: IncomingMessage): AbortSignal {
  const going = new AbortController();
  if (request.socket.destroyed) going.abort();
  request.socket.once("close", () => going.abort());
  return going.signal;
}

async function send(response: ServerResponse, { status, text, headers }: Reply): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("close", resolve);
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
  response.end(`${text}\n`, resolve);
  await promise;
}

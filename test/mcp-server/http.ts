import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { createToolServer } from "./tools.ts";

export interface HttpToolServer {
  readonly url: string;
  /** The `authorization` of each request. */
  readonly seen: readonly (string | undefined)[];
  readonly close: () => Promise<void>;
}

/** The tools by streamable HTTP on loopback. With a `key`, who does not send it is refused. */
export async function startHttpToolServer(key?: string): Promise<HttpToolServer> {
  const handler = createMcpHandler(() => createToolServer());
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    seen.push(authorization);
    if (key !== undefined && authorization !== `Bearer ${key}`) response.writeHead(401).end("no");
    else void serve(handler.fetch, { request, response });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await handler.close();
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(
  fetch: (request: Request) => Promise<Response>,
  { request, response }: Exchange,
): Promise<void> {
  const stop = new AbortController();
  response.on("close", () => stop.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "GET", headers } = request;
  const answer = await fetch(
    new Request(`http://${headers.host}${request.url}`, {
      method,
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      signal: stop.signal,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body)
    Readable.fromWeb(answer.body as never)
      .on("error", () => {})
      .pipe(response);
  else response.end();
}

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { HttpSource } from "../src/stream/sources/http-page.ts";

export interface TestServer {
  readonly origin: string;
  readonly asked: readonly IncomingMessage[];
}

export type Answer = (response: ServerResponse, request: IncomingMessage, turn: number) => void;

/** A server whose paths do what they are told; `turn` counts the calls of a path from 0. */
export async function serve(paths: Readonly<Record<string, Answer>>): Promise<TestServer> {
  const asked: IncomingMessage[] = [];
  const turns = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const turn = turns.get(path) ?? 0;
    turns.set(path, turn + 1);
    asked.push(request);
    const answer = paths[path] ?? (() => response.writeHead(404).end());
    answer(response, request, turn);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A source of JSON lines, but for `rest`. */
export function source(url: string, rest: Partial<HttpSource> = {}): HttpSource {
  return { kind: "http", url, headers: {}, format: { kind: "jsonl" }, everyMs: 60_000, ...rest };
}

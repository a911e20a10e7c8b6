import type { ClientConnection, Stream } from "@agentclientprotocol/sdk";
import { isObject, type JsonObject } from "../../expression/json.ts";
import { createTexts } from "../../mcp-client/texts.ts";
import type { ProcessCommand, ProcessResult, Processes } from "../../ports/processes.ts";
import { createMessages, type Messages } from "./messages.ts";
import type { Sdk } from "./sdk.ts";

/** How long a program may take to end by itself once its input has ended. */
const farewellMs = 1500;
const keepBytes = 64 * 1024;

export interface LinkOptions {
  readonly sdk: Sdk;
  readonly processes: Processes;
  readonly command: Pick<ProcessCommand, "file" | "args" | "cwd" | "env" | "timeoutMs" | "idleMs">;
  readonly onUpdate: (update: JsonObject) => void;
  /** Decides about a call of a tool; gives the answer of the protocol. */
  readonly onPermission: (request: JsonObject) => Promise<JsonObject>;
  /** A line that the program prints to standard error. */
  readonly onLine: (line: string) => void;
}

/** A program that speaks the protocol. */
export interface Link {
  /** Rejects with what the program answers, or once it is gone. */
  request(method: string, params: JsonObject): Promise<JsonObject>;
  notify(method: string, params: JsonObject): void;
  /** How the program ended; undefined while it runs. */
  readonly result: ProcessResult | undefined;
  /** Ends its input, waits for its end, and stops what does not end by itself. */
  close(): Promise<ProcessResult>;
  /** Stops it and all that it started. */
  stop(): Promise<ProcessResult>;
}

export function openLink(options: LinkOptions): Link {
  const input = createTexts();
  const stopper = new AbortController();
  const messages = createMessages({
    send: (line) => input.push(line),
    onNotification: (method, { update }) => {
      if (method === options.sdk.methods.client.session.update && isObject(update)) options.onUpdate(update);
    },
  });
  const { agent } = connect(options, messages.stream);
  let result: ProcessResult | undefined;
  const ended = run(options, { input, messages, signal: stopper.signal }).then((how) => {
    result = how;
    messages.end();
    input.end();
    return how;
  });
  return {
    request: async (method, params) => {
      const answer = await agent.request(method, params);
      return isObject(answer) ? answer : {};
    },
    notify: (method, params) => {
      // Only the end of the program makes it fail, which shows elsewhere.
      agent.notify(method, params).catch(() => undefined);
    },
    get result() {
      return result;
    },
    close: async () => {
      input.end();
      const timer = setTimeout(() => stopper.abort(), farewellMs);
      const how = await ended;
      clearTimeout(timer);
      return how;
    },
    stop: () => {
      stopper.abort();
      return ended;
    },
  };
}

interface Line {
  readonly input: AsyncIterable<string>;
  readonly messages: Messages;
  readonly signal: AbortSignal;
}

function run(
  { command, processes, onLine }: LinkOptions,
  { input, messages, signal }: Line,
): Promise<ProcessResult> {
  return processes.run({
    ...command,
    input,
    signal,
    keepBytes,
    onBytes: (bytes) => messages.take(bytes),
    onLine: (line, stream) => {
      if (stream === "stderr") onLine(line);
    },
  });
}

function connect({ sdk, onPermission }: LinkOptions, stream: Stream): ClientConnection {
  const { client, methods, RequestError } = sdk;
  const app = client({ name: "tutti" })
    .onRequest(methods.client.session.requestPermission, objectOf, ({ params }) => onPermission(params))
    .onRequest("*", ({ method }) => {
      throw RequestError.methodNotFound(method);
    });
  return app.connect(stream);
}

function objectOf(params: unknown): JsonObject {
  return isObject(params) ? params : {};
}

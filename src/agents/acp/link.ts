import type { ClientConnection, Stream } from "@agentclientprotocol/sdk";
import { isObject, type JsonObject } from "../../expression/json.ts";
import { createTexts } from "../../mcp-client/texts.ts";
import type { ProcessCommand, ProcessResult, Processes } from "../../ports/processes.ts";
import { createMessages } from "./messages.ts";
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
  const messages = createMessages((line) => input.push(line));
  let result: ProcessResult | undefined;
  const connection = connect(options, messages.stream);
  const { command, processes, onLine } = options;
  const running = processes.run({
    ...command,
    input,
    signal: stopper.signal,
    keepBytes,
    onBytes: (bytes) => messages.take(bytes),
    onLine: (line, stream) => {
      if (stream === "stderr") onLine(line);
    },
  });
  const ended = running.then((how) => {
    result = how;
    messages.end();
    input.end();
    return how;
  });
  const stop = (): Promise<ProcessResult> => {
    stopper.abort();
    return ended;
  };
  return {
    request: async (method, params) => {
      const answer = await connection.agent.request(method, params);
      return isObject(answer) ? answer : {};
    },
    notify: (method, params) => {
      // Only the end of the program makes it fail, which shows elsewhere.
      connection.agent.notify(method, params).catch(() => undefined);
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
    stop,
  };
}

function connect({ sdk, onUpdate, onPermission }: LinkOptions, stream: Stream): ClientConnection {
  const { client, methods, RequestError } = sdk;
  const app = client({ name: "tutti" })
    .onRequest(methods.client.session.requestPermission, objectOf, ({ params }) => onPermission(params))
    .onRequest("*", ({ method }) => {
      throw RequestError.methodNotFound(method);
    })
    .onNotification(methods.client.session.update, objectOf, ({ params }) => {
      const update = params["update"];
      if (isObject(update)) onUpdate(update);
    })
    .onNotification("*", () => undefined);
  return app.connect(stream);
}

function objectOf(params: unknown): JsonObject {
  return isObject(params) ? params : {};
}

import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { isObject, type JsonObject, parseJson } from "../../expression/json.ts";

/** A message longer than this ends the connection. */
const maxMessageBytes = 32 * 1024 * 1024;
const newline = 0x0a;

/** A program's standard input and output as the messages of a protocol. */
export interface Messages {
  readonly stream: Stream;
  /** What the program printed. */
  take(bytes: Uint8Array): void;
  /** The program is gone. */
  end(): void;
}

export interface MessagesOptions {
  readonly send: (line: string) => void;
  /**
   * A message that wants no answer, in the order of all of them. The library would refuse what it does not know of a
   * session, and say so on the terminal.
   */
  readonly onNotification: (method: string, params: JsonObject) => void;
}

/**
 * Whatever else a program prints is dropped: banners, lines that are no messages, answers to questions that were
 * never asked.
 */
export function createMessages({ send, onNotification }: MessagesOptions): Messages {
  const asked = new Set<unknown>();
  let reader: ReadableStreamDefaultController<AnyMessage> | undefined;
  const readable = new ReadableStream<AnyMessage>({
    start: (controller) => {
      reader = controller;
    },
    cancel: () => {
      reader = undefined;
    },
  });
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if ("method" in message && "id" in message) asked.add(message.id);
      send(`${JSON.stringify(message)}\n`);
    },
  });
  const lines = createLines((line) => {
    const message = objectIn(line);
    if (!message) return;
    const { method, id, params } = message;
    if (typeof method === "string" && id === undefined)
      onNotification(method, isObject(params) ? params : {});
    else if (typeof method === "string" || isAnswer(message, asked)) reader?.enqueue(asMessage(message));
  });
  const finish = (error?: Error): void => {
    const open = reader;
    reader = undefined;
    if (error) open?.error(error);
    else open?.close();
  };
  return {
    stream: { readable, writable },
    take(bytes) {
      if (reader && !lines.take(bytes))
        finish(new Error(`it sent a message of more than ${maxMessageBytes} bytes`));
    },
    end: () => finish(),
  };
}

function objectIn(line: string): JsonObject | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = parseJson(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isAnswer(message: JsonObject, asked: Set<unknown>): boolean {
  return asked.delete(message["id"]) && (isObject(message["error"]) || "result" in message);
}

function asMessage(message: JsonObject): AnyMessage {
  return { ...message, jsonrpc: "2.0" } as unknown as AnyMessage;
}

interface Lines {
  /** False once a line is too long. */
  take(bytes: Uint8Array): boolean;
}

function createLines(onLine: (line: string) => void): Lines {
  let pending: Uint8Array[] = [];
  let length = 0;
  const keep = (part: Uint8Array): void => {
    pending.push(part);
    length += part.length;
  };
  return {
    take(bytes) {
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        keep(bytes.subarray(start, end));
        const line = Buffer.concat(pending).toString("utf8").trim();
        pending = [];
        length = 0;
        onLine(line);
        start = end + 1;
      }
      // A copy: who hands over the bytes may use their memory again.
      if (start < bytes.length) keep(bytes.slice(start));
      return length <= maxMessageBytes;
    },
  };
}

import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { isObject, parseJson } from "../../expression/json.ts";

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

/**
 * Whatever else a program prints is dropped: banners, lines that are no messages, answers to questions that were
 * never asked.
 */
export function createMessages(send: (line: string) => void): Messages {
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
    const message = messageIn(line, asked);
    if (message) reader?.enqueue(message);
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

function messageIn(line: string, asked: Set<unknown>): AnyMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  let message: unknown;
  try {
    message = parseJson(line);
  } catch {
    return undefined;
  }
  if (!isObject(message)) return undefined;
  const isCall = typeof message["method"] === "string";
  const isAnswer =
    !isCall && asked.delete(message["id"]) && (isObject(message["error"]) || "result" in message);
  return isCall || isAnswer ? ({ ...message, jsonrpc: "2.0" } as unknown as AnyMessage) : undefined;
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

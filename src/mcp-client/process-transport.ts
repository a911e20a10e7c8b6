import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { after } from "../timers/after.ts";
import type { McpServer } from "../ports/agent.ts";
import type { Processes, ProcessResult } from "../ports/processes.ts";
import { createLines } from "./lines.ts";
import { createTexts } from "./texts.ts";
import type { Sdk } from "./sdk.ts";

/** A message longer than this ends the connection. */
const maxMessageBytes = 64 * 1024 * 1024;
/** What is kept of the server's standard error, for the message when it ends. */
const keepBytes = 16 * 1024;
/** How long a server may take to end by itself after its input ended. */
const farewellMs = 500;

export interface ProcessTransportOptions {
  readonly sdk: Sdk;
  readonly processes: Processes;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A line that the server prints to standard error. */
  readonly onLine: (line: string) => void;
}

type Program = Extract<McpServer, { readonly command: string }>;

/**
 * A connection to a server that is a program of this machine. The program is under `Processes`, so that after `close`
 * neither it nor what it started is left; the SDK's own transport kills the program alone.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  // By these two the SDK knows a server that is a program: one that does not answer its first question is an old one.
  readonly stderr = null;
  readonly pid = null;
  readonly #server: Program;
  readonly #options: ProcessTransportOptions;
  readonly #input = createTexts();
  readonly #stopper = new AbortController();
  readonly #take: (bytes: Uint8Array) => void;
  /** One message is dealt with before the next: a word of progress and the result behind it often come together. */
  #delivered: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  #result: ProcessResult | undefined;
  #fault: string | undefined;

  constructor(server: Program, options: ProcessTransportOptions) {
    this.#server = server;
    this.#options = options;
    this.#take = createLines(maxMessageBytes, (line) => this.#readLine(line));
  }

  /** Why we have ended it; undefined when we have not. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** How the program ended; undefined while it runs, or was never started. */
  get result(): ProcessResult | undefined {
    return this.#result;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#result !== undefined) throw new Error("The server has ended");
    this.#input.push(this.#options.sdk.serializeMessage(message));
  }

  async close(): Promise<void> {
    this.#input.end();
    const forget = after(farewellMs, () => this.#stopper.abort());
    await this.#running;
    forget();
  }

  async #run(): Promise<void> {
    const { processes, cwd, env, onLine } = this.#options;
    this.#result = await processes.run({
      file: this.#server.command,
      args: this.#server.args,
      cwd,
      env: { ...env, ...this.#server.env },
      input: this.#input,
      signal: this.#stopper.signal,
      keepBytes,
      onBytes: (bytes) => this.#read(bytes),
      onLine: (line, stream) => {
        if (stream === "stderr") onLine(line);
      },
    });
    this.#input.end();
    await this.#delivered;
    this.onclose?.();
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#take(bytes);
    } catch (error) {
      this.#fault ??= `a message of it is longer than ${maxMessageBytes / 1024 / 1024} MiB`;
      this.onerror?.(asError(error));
      this.#stopper.abort(error);
    }
  }

  /** What is no message is somebody's debugging output. */
  #readLine(line: string): void {
    try {
      this.#deliver(this.#options.sdk.deserializeMessage(line));
    } catch (error) {
      this.onerror?.(asError(error));
    }
  }

  #deliver(message: JSONRPCMessage): void {
    this.#delivered = this.#delivered
      .then(() => this.onmessage?.(message))
      .catch((error: unknown) => this.onerror?.(asError(error)));
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

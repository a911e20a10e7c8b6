import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type AgentCard, type Message, type Part, Role, TaskState } from "@a2a-js/sdk";
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type RequestContext,
  ServerCallContext,
} from "@a2a-js/sdk/server";

/** One task, for whoever plays the agent. */
export interface Work {
  readonly prompt: string;
  /** Which task of its context it is, from 1. */
  readonly turn: number;
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal;
  /** A word while it works. */
  readonly say: (text: string) => void;
  readonly give: (parts: readonly Part[], options?: { readonly append?: boolean }) => void;
  readonly end: (state: TaskState, text?: string) => void;
  /** Does nothing until it is cancelled. */
  readonly hang: () => Promise<void>;
  /** The whole server is lost, and this task with it. */
  readonly crash: () => void;
}

export interface A2aServerOptions {
  readonly work: (work: Work) => Promise<void> | void;
  /** Answers with a message instead of a task. */
  readonly reply?: string;
  readonly streaming?: boolean;
  /** Whoever does not send it is refused. */
  readonly key?: string;
  /** Answers instead of the protocol. */
  readonly refuse?: (response: ServerResponse) => void;
  /** The URL of the card's interface, when it is not this server. */
  readonly elsewhere?: string;
}

export interface A2aServer {
  readonly url: string;
  /** Tasks that are being worked on. */
  readonly running: () => number;
  /** Every prompt that came. */
  readonly prompts: readonly string[];
  /** Methods that were called, and with which key. */
  readonly calls: readonly { readonly method: string; readonly key: string | undefined }[];
  /** Cuts the connections; what runs goes on. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** An agent of the A2A protocol, by the SDK's own server, on loopback. */
export async function startA2aServer(options: A2aServerOptions): Promise<A2aServer> {
  const prompts: string[] = [];
  const calls: { method: string; key: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const crash = (): void => {
    server.close();
    cut();
    player.lose();
  };
  const player = playerOf(options, { prompts, crash });
  const handlers = new Map<string, JsonRpcTransportHandler>();
  const server = createServer((request, response) => {
    const key = request.headers["x-key"]?.toString();
    void serve({ request, response, key }).catch(() => response.destroy());
  });
  async function serve({ request, response, key }: Exchange): Promise<void> {
    const isCard = request.url === "/.well-known/agent-card.json";
    if (isCard) return json(response, wireCard(options, base()));
    const body = JSON.parse(await bodyOf(request)) as { readonly method: string };
    calls.push({ method: body.method, key });
    if (options.refuse) return options.refuse(response);
    if (options.key !== undefined && key !== options.key)
      return void response.writeHead(401).end("who are you?");
    const handler = handlers.get("") ?? handlerOf(wireCard(options, base()), player.executor);
    handlers.set("", handler);
    await answer(await handler.handle(body, new ServerCallContext()), response);
  }
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = base();
  return {
    url,
    running: player.running,
    prompts,
    calls,
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly key: string | undefined;
}

type Handled = Awaited<ReturnType<JsonRpcTransportHandler["handle"]>>;

async function answer(handled: Handled, response: ServerResponse): Promise<void> {
  if (!(Symbol.asyncIterator in handled)) return json(response, handled);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  for await (const event of handled) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end();
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function wireCard({ streaming = true, elsewhere }: A2aServerOptions, url: string): AgentCard {
  return {
    name: "tester",
    description: "Plays an agent",
    version: "2.1.0",
    supportedInterfaces: [
      { url: elsewhere ?? `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0", tenant: "" },
    ],
    provider: undefined,
    capabilities: { streaming, pushNotifications: false, extensions: [], extendedAgentCard: false },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
    signatures: [],
  };
}

function handlerOf(card: AgentCard, executor: AgentExecutor): JsonRpcTransportHandler {
  return new JsonRpcTransportHandler(new DefaultRequestHandler(card, new InMemoryTaskStore(), executor));
}

interface Player {
  readonly executor: AgentExecutor;
  readonly running: () => number;
  readonly lose: () => void;
}

interface Stage {
  readonly prompts: string[];
  readonly crash: () => void;
}

function playerOf({ work, reply }: A2aServerOptions, { prompts, crash }: Stage): Player {
  const stops = new Map<string, AbortController>();
  const turns = new Map<string, number>();
  const executor: AgentExecutor = {
    async execute(request, bus) {
      const { taskId, contextId } = request;
      const turn = (turns.get(contextId) ?? 0) + 1;
      turns.set(contextId, turn);
      const prompt = textOf(request.userMessage);
      prompts.push(prompt);
      if (reply !== undefined) {
        bus.publish(AgentEvent.message(messageFrom(reply)));
        return bus.finished();
      }
      const stop = new AbortController();
      stops.set(taskId, stop);
      begin(request, bus);
      await work({ prompt, turn, signal: stop.signal, crash, ...deeds(request, { bus, stop }) });
      stops.delete(taskId);
      bus.finished();
    },
    async cancelTask(taskId, bus) {
      stops.get(taskId)?.abort();
      stops.delete(taskId);
      const status = statusOf(TaskState.TASK_STATE_CANCELED);
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId: "", status, metadata: undefined }));
      bus.finished();
    },
  };
  return { executor, running: () => stops.size, lose: () => stops.clear() };
}

function begin({ taskId, contextId, userMessage }: RequestContext, bus: ExecutionEventBus): void {
  const status = statusOf(TaskState.TASK_STATE_SUBMITTED);
  const task = { id: taskId, contextId, status, artifacts: [], history: [userMessage], metadata: undefined };
  bus.publish(AgentEvent.task(task));
}

interface Doing {
  readonly bus: ExecutionEventBus;
  readonly stop: AbortController;
}

type Deeds = Pick<Work, "say" | "give" | "end" | "hang">;

function deeds({ taskId, contextId }: RequestContext, { bus, stop }: Doing): Deeds {
  const tell = (state: TaskState, text?: string): void => {
    const status = statusOf(state, text);
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata: undefined }));
  };
  return {
    say: (text) => tell(TaskState.TASK_STATE_WORKING, text),
    end: tell,
    give: (parts, { append = false } = {}) => {
      const artifact = {
        artifactId: "answer",
        name: "answer",
        description: "",
        parts: [...parts],
        metadata: undefined,
        extensions: [],
      };
      bus.publish(
        AgentEvent.artifactUpdate({
          taskId,
          contextId,
          artifact,
          append,
          lastChunk: false,
          metadata: undefined,
        }),
      );
    },
    hang: () =>
      new Promise((resolve) => {
        stop.signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
}

function statusOf(state: TaskState, text?: string) {
  const message = text === undefined ? undefined : messageFrom(text);
  return { state, message, timestamp: new Date().toISOString() };
}

function messageFrom(text: string): Message {
  return {
    messageId: randomUUID(),
    contextId: "",
    taskId: "",
    role: Role.ROLE_AGENT,
    parts: [textPart(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

export function textPart(value: string): Part {
  return { content: { $case: "text", value }, metadata: undefined, filename: "", mediaType: "text/plain" };
}

export function dataPart(value: object): Part {
  return {
    content: { $case: "data", value },
    metadata: undefined,
    filename: "",
    mediaType: "application/json",
  };
}

function textOf({ parts }: Message): string {
  return parts.flatMap(({ content }) => (content?.$case === "text" ? [content.value] : [])).join("");
}

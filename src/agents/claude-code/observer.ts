import type { Usage } from "../../core/outcome.ts";
import { addedUsage, usageWithoutTotal } from "./cost.ts";
import {
  parseLine,
  toolLabel,
  type AssistantMessage,
  type InitMessage,
  type LimitMessage,
  type ResultMessage,
  type RetryMessage,
  type SessionTotal,
} from "./stream.ts";

/** Gathers what a process says while it runs. */
export interface Observer {
  readonly init: InitMessage | undefined;
  readonly limit: LimitMessage | undefined;
  readonly results: readonly ResultMessage[];
  readonly messages: readonly AssistantMessage[];
  see(line: string): void;
  /**
   * The kept output once more, after the end: lines handed over live are cut when they are very long, and the result
   * is the longest of all.
   */
  seeAgain(stdout: string): void;
}

export interface ObserverOptions {
  readonly print: (line: string) => void;
  readonly onInit: (init: InitMessage) => void;
}

export function observe({ print, onInit }: ObserverOptions): Observer {
  let init: InitMessage | undefined;
  let limit: LimitMessage | undefined;
  const messages: AssistantMessage[] = [];
  const results = new Map<string, ResultMessage>();
  const see = (line: string) => {
    const message = parseLine(line);
    switch (message?.kind) {
      case "init":
        init ??= message;
        onInit(message);
        break;
      case "assistant":
        messages.push(message);
        linesOf(message).forEach(print);
        break;
      case "retry":
        print(retryLine(message));
        break;
      case "limit":
        limit = message;
        break;
      case "result":
        results.set(message.id, message);
        break;
      case "commands":
      case undefined:
        break;
    }
  };
  return {
    get init() {
      return init;
    },
    get limit() {
      return limit;
    },
    get results() {
      return [...results.values()];
    },
    messages,
    see,
    seeAgain: (stdout) => {
      for (const message of stdout.split("\n").map(parseLine)) {
        if (message?.kind === "result") results.set(message.id, message);
        if (message?.kind === "init") init ??= message;
      }
    },
  };
}

function linesOf(message: AssistantMessage): readonly string[] {
  return [
    ...message.texts.flatMap((text) => text.split("\n")),
    ...message.tools.map((tool) => `→ ${toolLabel(tool.name, tool.input)}`),
  ];
}

function retryLine({ error, status, delayMs }: RetryMessage): string {
  return `(${error}${status === undefined ? "" : ` ${status}`}: asks again in ${Math.round(delayMs)} ms)`;
}

/** What the process added to the session; `booked` is what was counted for the session before. */
export function usageOf(
  observer: Pick<Observer, "init" | "messages" | "results">,
  booked: SessionTotal | undefined,
): Usage {
  const last = observer.results.at(-1);
  return last
    ? addedUsage(last.total, booked)
    : usageWithoutTotal(observer.messages, observer.init !== undefined);
}

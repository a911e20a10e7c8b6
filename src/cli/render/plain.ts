import type { Event } from "../../core/events.ts";
import type { Failure, Usage } from "../../core/outcome.ts";
import type { LiveNews, LiveRun } from "./live-run.ts";
import {
  again,
  askLines,
  because,
  failureText,
  line,
  lineOfNode,
  lineOfRun,
  type Of,
  pipelineLine,
  retryLine,
  shown,
} from "./plain-lines.ts";
import { PartsLog } from "./plain-parts.ts";
import { PipelineLog } from "./pipeline-log.ts";
import { startText } from "./request.ts";
import { Takeovers } from "./takeovers.ts";
import { durationText, oneLine, statusWord, stepCostText } from "./words.ts";

/** What plain lines need of a run. */
export type PlainRun = Pick<LiveRun, "on">;

/** Takes a line, and the event that it tells of. */
type Print = (line: string, event?: Event) => void;

/**
 * Prints a line for each event that matters: `19:47:02 verified  build in 3.2s, $0.12`. The word (ten columns, left)
 * and the address after it are stable, so that lines can be searched. Only events are printed, in their order, and now
 * and then how far pipelines have come. `log`:
 * one that has heard the run's earlier events. The returned function ends it.
 */
export function showPlain(run: PlainRun, print: Print, log = new PlainLog()): () => void {
  return run.on((news) => {
    if (news.kind === "stream") for (const line of log.linesOfStream(news)) print(line);
    if (news.kind !== "events") return;
    for (const event of news.events) for (const line of log.linesOf(event)) print(line, event);
  });
}

/** What was seen of a node that later lines need. */
interface Seen {
  startedAt: number;
  attempt: number;
  costUsd: number;
  costUnknown: boolean;
  cached: boolean;
  /** Of its last attempt. */
  failure?: Failure | undefined;
}

/** Turns events into lines; remembers when steps started and what they cost. Pass it every event in order. */
export class PlainLog {
  readonly #nodes = new Map<string, Seen>();
  readonly #parts = new PartsLog();
  readonly #takeovers = new Takeovers();
  readonly #pipelines: PipelineLog;
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
    this.#pipelines = new PipelineLog(now);
  }

  /** Takes in what happened before this process drove the run: since when people and signals are waited for. */
  recall(events: readonly Event[]): void {
    for (const event of events) {
      this.#takeovers.hear(event);
      if (event.type === "run.restarted") this.#nodes.clear();
      if (event.type === "attempt.started") this.#pipelines.begin(event);
      if (event.type === "wait.started" || event.type === "ask.started") this.#see(event.address, event.at);
      if (event.type === "node.ended") this.#nodes.delete(event.address);
    }
  }

  /** Takes in what is shown in another way. */
  hear(news: LiveNews): void {
    if (news.kind === "events") for (const event of news.events) this.linesOf(event);
    if (news.kind === "stream") this.linesOfStream(news);
  }

  /** How far a pipeline has come, when that is due. */
  linesOfStream({ address, figures }: Extract<LiveNews, { kind: "stream" }>): readonly string[] {
    const text = this.#pipelines.hear(address, figures);
    return text === undefined ? [] : [line(this.#now(), "records", text)];
  }

  linesOf(event: Event): readonly string[] {
    this.#takeovers.hear(event);
    if (event.type === "run.restarted") this.#nodes.clear();
    const usual = this.#usualLines(event);
    const left = this.#parts.leavesOut(event);
    const ofParts = this.#parts.linesOf(event).map(({ word, text }) => line(event.at, word, text));
    return left ? ofParts : [...usual, ...ofParts];
  }

  #usualLines(event: Event): readonly string[] {
    switch (event.type) {
      case "run.status":
      case "run.stopped":
      case "run.restarted":
      case "run.control":
      case "limit.reached":
      case "limit.passed":
      case "signal.received":
        return lineOfRun(event);
      case "branch.decided":
        return this.#decided(event);
      case "items.listed":
      case "part.opened":
        this.#see(event.address, event.at);
        return [];
      case "block.opened":
        this.#see(event.address, event.at);
        return event.address === "" ? [] : [line(event.at, "started", shown(event.address))];
      case "wait.started":
        this.#see(event.address, event.at);
        return lineOfNode(event);
      case "attempt.started":
        return this.#started(event);
      case "attempt.interrupted":
        if (event.then === "rerun") this.#see(event.address, event.at).attempt = event.attempt;
        return lineOfNode(event);
      case "attempt.ended":
        this.#endAttempt(event);
        this.#addCost(event, event.outcome.usage);
        return [];
      case "gate.ended":
      case "gate.queued":
        this.#addCost(event, event.type === "gate.ended" ? event.usage : event.again?.usage);
        return lineOfNode(event);
      case "child.spent":
        this.#addChild(event);
        return [];
      case "node.ended":
        return [...this.#recordsOf(event), this.#ended(event)];
      case "ask.started":
        this.#see(event.address, event.at);
        return askLines(event);
      case "ask.answered":
      case "ask.escalated":
        return askLines(event);
      default:
        return this.#otherLines(event);
    }
  }

  #otherLines(event: Event): readonly string[] {
    if (event.type === "child.waits" && this.#pipelines.has(event.address)) return [pipelineLine(event)];
    if (event.type !== "retry.scheduled") return lineOfNode(event);
    return [retryLine(event, this.#nodes.get(event.address)?.failure)];
  }

  #see(address: string, at: number): Seen {
    const first = { startedAt: at, attempt: 0, costUsd: 0, costUnknown: false, cached: false };
    const seen = this.#nodes.get(address) ?? first;
    this.#nodes.set(address, seen);
    return seen;
  }

  /** Its way begins with it. */
  #decided({ address, way, at }: Of<"branch.decided">): readonly string[] {
    this.#see(address, at);
    if (way !== null) this.#see(`${address}/${way}`, at);
    return [];
  }

  #started(event: Of<"attempt.started">): readonly string[] {
    const { address, attempt, at, request } = event;
    this.#pipelines.begin(event);
    const seen = this.#see(address, at);
    if (seen.attempt === attempt) return [];
    seen.attempt = attempt;
    return [
      line(
        at,
        isUndo(address) ? "undoing" : "started",
        `${shown(address)}${again(attempt)}: ${startText(request)}`,
      ),
    ];
  }

  #endAttempt({ address, at, outcome: { cached = false, failure, child } }: Of<"attempt.ended">): void {
    const seen = this.#see(address, at);
    // what it did while nobody drove this run, too
    if (!isUndo(address)) seen.startedAt = Math.min(seen.startedAt, at - (child?.activeMs ?? 0));
    seen.cached = cached;
    seen.failure = failure;
  }

  /** What an attempt has used, or an agent that judged. */
  #addCost(
    { address, at }: { readonly address: string; readonly at: number },
    usage: Usage | undefined,
  ): void {
    if (!usage) return;
    const seen = this.#see(address, at);
    seen.costUsd += usage.costUsd ?? 0;
    if (usage.costUsd === null || usage.atLeast) seen.costUnknown = true;
  }

  /** A run that does a step tells all that it has used by now. */
  #addChild({ address, at, spent }: Of<"child.spent">): void {
    const seen = this.#see(address, at);
    seen.costUsd = spent.costUsd;
    seen.costUnknown = spent.unknownCosts > 0;
  }

  #toleratedText(address: string, tolerated: Of<"node.ended">["tolerated"]): string {
    if (tolerated === undefined) return "";
    if (tolerated === "join") return " (others may be enough)";
    if (tolerated === "continue") return " (tolerated: the run goes on)";
    const { fallback } = tolerated;
    return this.#takeovers.takesOver(address, fallback)
      ? ` (tolerated: "${oneLine(fallback)}" takes over)`
      : ` ("${oneLine(fallback)}" is not begun any more: what is around it has stopped)`;
  }

  #recordsOf({ address, at }: Of<"node.ended">): readonly string[] {
    const text = this.#pipelines.ended(address);
    return text === undefined ? [] : [line(at, "records", text)];
  }

  #ended({ address, at, end, failure, reason, tolerated }: Of<"node.ended">): string {
    const seen = this.#nodes.get(address);
    this.#nodes.delete(address);
    const took = seen ? ` in ${durationText(at - seen.startedAt)}` : "";
    const why = failure ? `: ${failureText(failure)}` : because(reason);
    return line(
      at,
      isUndo(address) ? undoWords[end === "verified" || end === "claimed" ? "good" : "bad"] : statusWord(end),
      `${shown(address)}${took}${paid(seen)}${why}${this.#toleratedText(address, tolerated)}`,
    );
  }
}

const undoWords = { good: "undone", bad: "not undone" } as const;

/** What takes back the work of a step goes by the step's address and this. */
function isUndo(address: string): boolean {
  return address.endsWith("~undo");
}

function paid(seen: Seen | undefined): string {
  if (seen?.cached) return ", from the cache";
  if (!seen || (seen.costUsd === 0 && !seen.costUnknown)) return "";
  const { costUsd, costUnknown } = seen;
  if (costUnknown && costUsd === 0) return ", cost unknown";
  return `, ${stepCostText(costUnknown ? { costUsd: null, knownUsd: costUsd } : { costUsd })}`;
}

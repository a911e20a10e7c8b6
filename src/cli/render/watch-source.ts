import { setTimeout as delay } from "node:timers/promises";
import type { Event } from "../../core/events.ts";
import type { NodeView, RunView } from "../../core/view.ts";
import type { LogFollower } from "../../verbs/follow-log.ts";
import type { RunSummary } from "../../verbs/runs.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import type { LiveNews, LiveRun } from "./live-run.ts";
import { FollowedFile } from "./watch-output.ts";

/** What watching needs of tutti. */
export type WatchedTutti = Pick<Tutti, "find" | "follow" | "control" | "outputFile" | "runs" | "streams">;

export interface RemoteOptions {
  /** Time between two looks; ms. Longer where a look takes long. */
  readonly pollMs: number;
  /** Follow what the steps print, too. */
  readonly lines: boolean;
  readonly signal: AbortSignal;
  /** A message to the run could not be sent. */
  readonly onTrouble: (error: unknown) => void;
}

/** Where a watched run stands: its status, or that nobody drives it though it has not ended. */
export type RemoteStatus = RunSummary["status"];

const finalStatuses: readonly string[] = ["completed", "degraded", "failed", "cancelled"];
const movingStatuses: readonly string[] = [
  "initializing",
  "executing",
  "recovering",
  "compensating",
  "completing",
];

/** A run that another process drives, looked at again and again until it ends or nobody drives it. */
export class RemoteRun implements LiveRun {
  readonly id: string;
  readonly done: Promise<RemoteStatus>;
  readonly #tutti: WatchedTutti;
  readonly #options: RemoteOptions;
  readonly #listeners = new Set<(news: LiveNews) => void>();
  readonly #files = new Map<string, FollowedFile>();
  readonly #log: LogFollower;
  #early: readonly Event[];
  #view: RunView;
  #updatedAt = -1;

  private constructor(
    first: { readonly id: string; readonly log: LogFollower; readonly events: readonly Event[] },
    parts: { readonly tutti: WatchedTutti; readonly options: RemoteOptions },
  ) {
    this.id = first.id;
    this.#log = first.log;
    this.#view = first.log.view();
    this.#early = beginnings(first.events);
    this.#tutti = parts.tutti;
    this.#options = parts.options;
    this.done = this.#follow();
    // Whoever waits for `done` gets the error; until somebody does it is no unhandled one.
    this.done.catch(() => {});
  }

  /** Begins to look; a RUN that does not exist rejects with RUN_NOT_FOUND. */
  static async open(tutti: WatchedTutti, name: string, options: RemoteOptions): Promise<RemoteRun> {
    const { runId: id } = await tutti.find(name);
    const log = tutti.follow(id);
    const events = await log.look();
    return new RemoteRun({ id, log, events }, { tutti, options });
  }

  view(): RunView {
    return this.#view;
  }

  /** The first listener hears at once how what runs now began. */
  on(listener: (news: LiveNews) => void): () => void {
    this.#listeners.add(listener);
    if (this.#early.length > 0) listener({ kind: "events", events: this.#early });
    this.#early = [];
    return () => this.#listeners.delete(listener);
  }

  pause(): void {
    this.#send({ type: "pause" });
  }

  cancel(reason: string): void {
    this.#send({ type: "cancel", reason });
  }

  #send(message: Parameters<Tutti["control"]>[1]): void {
    this.#tutti.control(this.id, message).catch(this.#options.onTrouble);
  }

  async #follow(): Promise<RemoteStatus> {
    const { pollMs, signal } = this.#options;
    for (let alone = 0; ;) {
      const startedAt = performance.now();
      const { status, owner, updatedAt } = await this.#tutti.find(this.id);
      await this.#look(updatedAt);
      if (finalStatuses.includes(status)) return status;
      // Between two processes a run is without an owner for a moment.
      alone = owner === undefined ? alone + 1 : 0;
      if (alone > 1) return movingStatuses.includes(status) ? "interrupted" : status;
      if (signal.aborted) return status;
      const tookMs = performance.now() - startedAt;
      await delay(Math.max(pollMs, tookMs * 4), undefined, { signal }).catch(() => {});
    }
  }

  async #look(updatedAt: number): Promise<void> {
    const before = this.#view.nodes.filter(isAtWork);
    const changed = updatedAt !== this.#updatedAt;
    const fresh = changed ? await this.#readEvents() : [];
    this.#updatedAt = updatedAt;
    // Steps that have just ended are read once more: their last lines and figures came after the last look.
    const ended = changed ? before : [];
    const nodes = [...ended, ...this.#view.nodes.filter(isAtWork)];
    // Before the end of a pipeline is told: what became of its records is told with that.
    if (nodes.some(({ action }) => action === "pipeline")) await this.#readFigures();
    if (fresh.length > 0) this.#tell({ kind: "events", events: fresh });
    if (!this.#options.lines) return;
    for (const node of nodes) await this.#readLines(node);
    for (const node of ended) if (node.endedAt !== undefined) this.#files.delete(node.address);
  }

  async #readEvents(): Promise<readonly Event[]> {
    const fresh = await this.#log.look();
    if (fresh.length > 0) this.#view = this.#log.view();
    return fresh;
  }

  async #readFigures(): Promise<void> {
    for (const { address, figures } of await this.#tutti.streams(this.id)) {
      this.#tell({ kind: "stream", address, figures });
    }
  }

  async #readLines({ address, attempt }: NodeView): Promise<void> {
    const path = this.#tutti.outputFile({ runId: this.id, life: this.#view.life, address, attempt });
    const known = this.#files.get(address);
    const file = known?.path === path ? known : new FollowedFile(path);
    this.#files.set(address, file);
    for (const { text, stream } of await file.read()) {
      this.#tell({ kind: "line", line: { address, attempt, line: text, stream } });
    }
  }

  #tell(news: LiveNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

/** The last beginning of every node that has not ended, in the order in which they were. */
function beginnings(events: readonly Event[]): readonly Event[] {
  const open = new Map<string, Event>();
  for (const event of events) {
    if (event.type === "run.restarted") open.clear();
    if (event.type === "node.ended") {
      open.delete(event.address);
      open.delete(`${event.address} opened`);
    }
    const key = keyOf(event);
    if (key === undefined) continue;
    // Set anew, so that the order is that of the last beginnings.
    open.delete(key);
    open.set(key, event);
  }
  return [...open.values()];
}

/** What an event begins; a way, round or item is opened before its block is. */
function keyOf(event: Event): string | undefined {
  switch (event.type) {
    case "part.opened":
      return `${event.address}${event.part} opened`;
    case "branch.decided":
    case "items.listed":
    case "block.opened":
    case "attempt.started":
    case "wait.started":
      return event.address;
    default:
      return undefined;
  }
}

function isAtWork({ kind, status }: NodeView): boolean {
  return kind === "step" && (status === "running" || status === "gates" || status === "settling");
}

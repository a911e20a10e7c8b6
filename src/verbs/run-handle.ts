import type { Event, Input, RunStatus } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { type RunView, viewOf } from "../core/view.ts";
import type { Json } from "../expression/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { LoopEnd, PrintedLine, RunLoop } from "../runtimes/loop.ts";
import { checkedAnswer, userName } from "./answers.ts";
import type { RunsInside, StreamNews } from "./children.ts";

/** What a listener hears of a run that this process drives. */
export type RunNews =
  | { readonly kind: "events"; readonly events: readonly Event[]; readonly state: RunState }
  | { readonly kind: "line"; readonly line: PrintedLine }
  | StreamNews;

export interface RunResult {
  readonly id: string;
  readonly status: RunStatus;
  /** True when the run was left as it was, to be resumed. */
  readonly stopped: boolean;
  readonly view: RunView;
}

type WithoutTime<T> = T extends Input ? Omit<T, "at"> : never;

/** A run that goes on because one that does a step of it went on. */
export interface RunAround {
  readonly handle: RunHandle;
  /** What happened in it before. */
  readonly earlier: readonly Event[];
}

const nobody: Promise<undefined> = Promise.resolve(undefined);

/** A run that this process drives. */
export class RunHandle {
  readonly id: string;
  /** Settles when the run has ended, waits for something outside, or was stopped; as `ended`, and those around it, too. */
  readonly done: Promise<RunResult>;
  /** Settles when this run alone has. */
  readonly ended: Promise<RunResult>;
  /** The run whose step it does, when this process drives that next. */
  readonly around: Promise<RunAround | undefined>;
  readonly #loop: RunLoop;
  readonly #clock: Clock;
  readonly #listeners: Listeners;
  readonly #children: Pick<RunsInside, "halt">;

  constructor(
    loop: RunLoop,
    parts: {
      readonly clock: Clock;
      readonly listeners: Listeners;
      readonly children: Pick<RunsInside, "halt">;
      readonly ended: Promise<LoopEnd>;
      readonly around: Promise<RunAround | undefined> | undefined;
    },
  ) {
    this.id = loop.state.runId;
    this.#loop = loop;
    this.#clock = parts.clock;
    this.#listeners = parts.listeners;
    this.#children = parts.children;
    this.ended = parts.ended.then(({ status, stopped }) => resultOf(this, { status, stopped }));
    this.around = parts.around ?? nobody;
    this.done = parts.around ? this.#withAround(parts.around) : this.ended;
  }

  view(): RunView {
    return viewOf(this.#loop.state);
  }

  /** How it stands; changes as it goes on. */
  get state(): RunState {
    return this.#loop.state;
  }

  /**
   * Calls back with everything new; the returned function ends it. The first listener also hears what happened before
   * it came (the last 1,000 pieces of it), so that nothing of a run's beginning is missed.
   */
  on(listener: (news: RunNews) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Starts nothing more; what runs is left to end. */
  pause(reason?: string): void {
    this.#post({ type: "pause", ...(reason === undefined ? {} : { reason }) });
  }

  resume(): void {
    this.#post({ type: "resume" });
  }

  /** What is left for it of the caps around it has changed. */
  cap(limits: Extract<Input, { type: "cap" }>["limits"]): void {
    this.#post({ type: "cap", limits });
  }

  /** Stops everything it started and ends the run; `undo`: the steps that ended well and say how are undone first. */
  cancel(reason?: string, { undo = false }: { readonly undo?: boolean } = {}): void {
    this.#post({ type: "cancel", ...(reason === undefined ? {} : { reason }), ...(undo ? { undo } : {}) });
  }

  signal(name: string, payload: Extract<Input, { type: "signal" }>["payload"] = true): void {
    this.#post({ type: "signal", name, payload });
  }

  /** Who this process answers for when nobody is named. */
  get person(): string {
    return userName();
  }

  /** Answers what a node asks people. Throws ANSWER_REFUSED or NOTHING_WAITS for what the run would not take. */
  answer(address: string, value: Json, more: { readonly by?: string; readonly reason?: string } = {}): void {
    const at = this.#clock.now();
    this.#post(checkedAnswer(this.#loop.state, { type: "answer", address, value, at, ...more }));
  }

  /** Stops everything it started and leaves the run as it is, to be resumed. */
  stop(reason: string): void {
    this.#loop.stop(reason);
    if (this.around !== nobody) {
      const stopped = this.around.then((run) => run?.handle.stop(reason));
      stopped.catch(() => {});
    }
  }

  /** As `stop`, and what its pipelines have on their way is not let go on either. */
  halt(reason: string): void {
    this.stop(reason);
    this.#children.halt();
  }

  /** An error of either is told by `done`, for who waits for nothing else. */
  async #withAround(around: Promise<RunAround | undefined>): Promise<RunResult> {
    for (const told of [this.ended, around]) told.catch(() => {});
    const run = await around;
    await run?.handle.done;
    return this.ended;
  }

  #post(input: WithoutTime<Input>): void {
    this.#loop.post({ ...input, at: this.#clock.now() });
  }
}

/** The view is made when somebody looks at it. */
function resultOf(handle: RunHandle, { status, stopped }: LoopEnd): RunResult {
  return {
    id: handle.id,
    status,
    stopped,
    get view() {
      return handle.view();
    },
  };
}

/** How much is kept for a first listener that comes late. */
const earlyNews = 1000;

/** Those who listen to a run, and what was said before anybody did. */
export class Listeners {
  readonly #listeners = new Set<(news: RunNews) => void>();
  #early: RunNews[] | undefined = [];

  tell(news: RunNews): void {
    for (const listener of this.#listeners) listener(news);
    if (!this.#early) return;
    this.#early.push(news);
    if (this.#early.length > earlyNews) this.#early.shift();
  }

  add(listener: (news: RunNews) => void): () => void {
    this.#listeners.add(listener);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const news of early) listener(news);
    return () => this.#listeners.delete(listener);
  }
}

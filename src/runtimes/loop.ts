import { advance } from "../core/advance.ts";
import { type Effect, isOfChild } from "../core/effects.ts";
import type { Event, Input, RunStatus } from "../core/events.ts";
import { owedBy, pending } from "../core/pending.ts";
import { beginsFrom } from "../core/trees.ts";
import { isFinal, nodeAt, type RunState } from "../core/state.ts";
import { isGivenUp } from "../core/node.ts";
import type { Clock } from "../ports/clock.ts";
import type { Performer, WorkEffect } from "../ports/performer.ts";
import type { RunLog } from "../ports/run-store.ts";
import { Bookings } from "./bookings.ts";
import { isWaitingTimer, type Stay, staysFor } from "./stay.ts";
import { cancelled, Works } from "./works.ts";

export interface LoopOptions extends Stay {
  readonly log: RunLog;
  /** The state that the log's events fold to; the loop owns it from now on. */
  readonly state: RunState;
  readonly clock: Clock;
  readonly perform: Performer;
  /** Events that have become durable, in order. */
  readonly onEvents?: (events: readonly Event[], state: RunState) => void;
  /** The run goes on from here: what had been left for it is taken. */
  readonly onBegun?: (state: RunState) => void;
  /** Events that were decided and are about to become durable; `last`: nothing comes after them. */
  readonly onDecided?: (events: readonly Event[], state: RunState, last: boolean) => void;
  readonly onPrint?: (line: PrintedLine) => void;
}

export interface PrintedLine {
  readonly address: string;
  readonly attempt: number;
  readonly line: string;
  readonly stream: "stdout" | "stderr" | "agent";
}

/** Why the loop came back: the run's end, nothing to do for now, or `stop`. */
export interface LoopEnd {
  readonly status: RunStatus;
  readonly stopped: boolean;
}

/** How many decisions may follow each other before the event loop gets its turn. */
const turnsBeforeYield = 16;

const noMail: readonly number[] = [];

/**
 * Drives one run: takes inputs, lets the core decide, makes the events durable, then starts what is newly owed.
 * Inputs that come while a commit is under way share the next one. A store that fails ends the loop with its error,
 * after all work has been stopped; nothing that was not durable had consequences.
 */
export class RunLoop {
  readonly #options: LoopOptions;
  readonly #inputs: Input[] = [];
  readonly #works = new Works();
  readonly #bookings = new Bookings();
  readonly #timers = new Map<string, { readonly dueAt: number; readonly forget: () => void }>();
  readonly #end = Promise.withResolvers<LoopEnd>();
  readonly #first: readonly Event[];
  #begun = false;
  #pumping = false;
  #turns = 0;
  /** What is told outside and has not come back. */
  #tellings = 0;
  #mail: boolean;
  #stopping = false;
  #released = false;
  #over = false;

  /** `first`: events that are already applied and durable, whose effects have not been started (a new run). */
  constructor(options: LoopOptions, first?: readonly Event[]) {
    this.#options = options;
    this.#first = first ?? [];
    // nobody can have left a message for a run that is new
    this.#mail = first?.[0]?.type !== "run.created";
  }

  get state(): RunState {
    return this.#options.state;
  }

  /** Runs until the end of the run, until nothing is to do for now, or until `stop`. Call once. */
  async run(): Promise<LoopEnd> {
    const { log } = this.#options;
    const unsubscribe = log.changed(() => {
      this.#mail = true;
      this.#wake();
    });
    // a process ends when it has nothing to wait for
    if (this.#options.stayToEnd) this.#setTimer("never", Number.MAX_SAFE_INTEGER);
    this.#wake();
    try {
      const end = await this.#end.promise;
      await this.#windUp(unsubscribe);
      await log.release();
      return end;
    } catch (error) {
      await this.#windUp(unsubscribe);
      // A store that failed may fail again here; why it failed first is what has to be told.
      await log.release().catch(() => {});
      throw error;
    }
  }

  async #windUp(unsubscribe: () => void): Promise<void> {
    unsubscribe();
    this.#over = true;
    for (const { forget } of this.#timers.values()) forget();
    this.#stopping = true;
    this.#works.stop("the run's loop ended");
    await this.#works.quiet();
    this.#bookings.close();
  }

  /** Hands in an input; it is decided with all others that wait. */
  post(input: Input): void {
    this.#inputs.push(input);
    this.#wake();
  }

  /** Stays while something is told outside, as long as the run has not ended, and hands in what that comes to. */
  async whileTelling(telling: Promise<Input | undefined>): Promise<void> {
    this.#tellings += 1;
    const input = await telling;
    this.#tellings -= 1;
    if (input) this.#inputs.push(input);
    this.#wake();
  }

  /** Stops all work and comes back; the run can be resumed. Work that ends well meanwhile is still recorded. */
  stop(reason: string): void {
    if (!this.#stopping) this.#inputs.push({ type: "stop", reason, at: this.#options.clock.now() });
    this.#stopping = true;
    this.#works.stop(reason);
    this.#wake();
  }

  #wake(): void {
    if (this.#pumping || this.#over) return;
    this.#pumping = true;
    // Results that come in together are decided together. With nothing else under way there is nothing to wait for,
    // except that now and then timers and other runs must have their turn.
    this.#turns += 1;
    const hurry = this.#works.size === 0 && this.#begun && this.#turns % turnsBeforeYield !== 0;
    const soon = hurry ? queueMicrotask : setImmediate;
    soon(() => {
      this.#pump().then(
        () => {
          this.#pumping = false;
          if (!this.#released && this.#isAwaited()) this.#wake();
          else this.#endIfIdle();
        },
        (error: unknown) => this.#end.reject(error),
      );
    });
  }

  /** Something waits for the next decision, or to be made durable with it. */
  #isAwaited(): boolean {
    return this.#inputs.length > 0 || this.#mail || this.#bookings.size > 0;
  }

  async #pump(): Promise<void> {
    const { state, onEvents } = this.#options;
    if (!this.#begun && this.#first.length > 0) onEvents?.(this.#first, state);
    const taken = this.#mail ? await this.#takeMail() : noMail;
    const before = state.status;
    const events = this.#decide();
    if (events.length > 0 || taken.length > 0 || this.#bookings.size > 0)
      await this.#commit(events, { taken, before });
    if (this.#mustCancel()) this.#works.stop("cancelled");
    else this.#giveUp(events);
    this.#startOwed(events);
  }

  #startOwed(events: readonly Event[]): void {
    const { state, onBegun } = this.#options;
    if (!this.#stopping) this.#start(this.#begun ? owedBy(state, events) : pending(state));
    if (!this.#begun) onBegun?.(state);
    this.#begun = true;
  }

  /** Decides what waits. */
  #decide(): readonly Event[] {
    const { state } = this.#options;
    const [input, ...others] = this.#inputs;
    this.#inputs.length = 0;
    if (input === undefined) return [];
    const events = advance(state, input);
    return others.length === 0 ? events : [events, ...others.map((other) => advance(state, other))].flat();
  }

  /** Makes a decision durable. */
  async #commit(
    events: readonly Event[],
    { taken, before }: { readonly taken: readonly number[]; readonly before: RunStatus },
  ): Promise<void> {
    const { log, state, onDecided, onEvents } = this.#options;
    const release = this.#isLast();
    onDecided?.(events, state, release);
    await this.#bookings.with((booked) =>
      log.append(events, {
        ...(state.status === before ? {} : { status: state.status }),
        ...(taken.length === 0 ? {} : { taken }),
        ...(booked.length === 0 ? {} : { booked }),
        alone: this.#works.size === 0,
        release,
      }),
    );
    this.#released = release;
    if (release) this.#bookings.close();
    onEvents?.(events, state);
  }

  /** True when nothing can come after this decision: the lease goes back with it. */
  #isLast(): boolean {
    return isFinal(this.#options.state.status) && this.#works.size === 0;
  }

  #mustCancel(): boolean {
    const { state } = this.#options;
    return state.cancelling || state.limitHit?.limit === "timeMs";
  }

  /**
   * Puts the messages of other processes into the queue, with the time at which they were sent and before the timers,
   * which may have come due after that; gives their ids, which the next commit forgets.
   */
  async #takeMail(): Promise<readonly number[]> {
    this.#mail = false;
    const messages = await this.#options.log.inbox();
    const now = this.#options.clock.now();
    const sent = messages.map(({ input }): Input => ({ ...input, at: Math.min(input.at, now) }));
    const timer = this.#inputs.findIndex(({ type }) => type === "timer");
    this.#inputs.splice(timer < 0 ? this.#inputs.length : timer, 0, ...sent);
    return messages.map((message) => message.id);
  }

  #start(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "timer") this.#setTimer(effect.id, effect.dueAt);
      else if (!this.#mustCancel() && !this.#isGivenUp(effect.address)) this.#perform(effect);
      else if (isRun(effect)) this.#perform(effect, "cancelled");
      else this.#answerCancelled(effect);
    }
  }

  #setTimer(id: string, dueAt: number): void {
    const { clock } = this.#options;
    this.#timers.get(id)?.forget();
    const forget = clock.at(dueAt, () => {
      this.#timers.delete(id);
      // what was said before this time counts, also when nobody has looked at it yet
      if (isWaitingTimer(id)) this.#mail = true;
      this.post({ type: "timer", timer: id, at: clock.now() });
    });
    this.#timers.set(id, { dueAt, forget });
  }

  /** `stopped`: its signal has aborted from the beginning, and says why. */
  #perform(effect: WorkEffect, stopped?: string): void {
    const { state, clock, perform, onPrint } = this.#options;
    const { id, address, attempt } = effect;
    const booking = this.#bookings.of();
    this.#works.begin(effect, {
      perform: (signal, used) =>
        perform(effect, {
          runId: state.runId,
          runName: state.workflow.name,
          seed: state.seed,
          signal,
          used,
          book: booking.book,
          print: (line, stream) => onPrint?.({ address, attempt, line, stream }),
          begins: () => this.#beginsFrom(address),
          stage: (record) => this.post({ type: "stage", effect: id, record, at: clock.now() }),
        }),
      settled: (outcome) => {
        booking.settled();
        if (outcome.ok || !this.#stopping)
          this.post({ type: "outcome", effect: id, outcome, at: clock.now() });
        else this.#wake();
      },
      stopped,
    });
  }

  #beginsFrom(address: string): string | undefined {
    const { state } = this.#options;
    const node = nodeAt(state, address);
    return node && beginsFrom(state, node);
  }

  /** Decided together with what made it unnecessary, or owed since before a crash. */
  #isGivenUp(address: string): boolean {
    const node = nodeAt(this.#options.state, address);
    return node !== undefined && (isGivenUp(node) || node.child?.cancel === true);
  }

  /** Work that nobody wants any more is not begun. */
  #answerCancelled(effect: WorkEffect): void {
    const outcome = { ...cancelled, asked: false };
    this.post({ type: "outcome", effect: effect.id, outcome, at: this.#options.clock.now() });
  }

  /** Stops the work of steps that a block does not need any more, or whose time is over. */
  #giveUp(events: readonly Event[]): void {
    for (const { type } of events) {
      const reason = givenUpBy[type];
      if (reason !== undefined) this.#works.stop(reason, (address) => this.#isGivenUp(address));
    }
  }

  #endIfIdle(): void {
    const { state } = this.#options;
    if (this.#works.size > 0 || (this.#tellings > 0 && !isFinal(state.status))) return;
    if (this.#stopping) return this.#end.resolve({ status: state.status, stopped: true });
    if (isFinal(state.status)) return this.#end.resolve({ status: state.status, stopped: false });
    if (state.status === "paused" || (state.status === "waiting" && !this.#stays())) {
      this.#end.resolve({ status: state.status, stopped: false });
    }
  }

  #stays(): boolean {
    const { clock, state } = this.#options;
    return staysFor(this.#timers, { state, now: clock.now(), stay: this.#options });
  }
}

const givenUpBy: Partial<Record<Event["type"], string>> = {
  "join.reached": "others were enough",
  "join.missed": "too many others failed",
  "time.up": "its time is over",
};

/** A run of its own, or runs of its batches, may be there already, and have to be ended. */
function isRun(effect: WorkEffect): boolean {
  return effect.type === "perform" && isOfChild(effect.request);
}

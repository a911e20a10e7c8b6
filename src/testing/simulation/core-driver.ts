import { advance, create } from "../../core/advance.ts";
import { apply, fold } from "../../core/apply.ts";
import type { Event, Input } from "../../core/events.ts";
import type { Outcome, StageRecord } from "../../core/outcome.ts";
import { owedBy, pending } from "../../core/pending.ts";
import { isFinal, nodeAt, type RunState } from "../../core/state.ts";
import { isGivenUp, type NodeState } from "../../core/node.ts";
import { boundsWork } from "../../core/time-cap.ts";
import { explain } from "../../core/why.ts";
import type { Workflow } from "../../language/workflow.ts";
import type { WorkEffect } from "../../ports/performer.ts";
import type { Dice } from "./dice.ts";
import { randomAnswer, randomSaying } from "./people.ts";
import { childTurnMs, type World } from "./world.ts";

/** What may happen to a run besides results and timers; each is the share of turns in which it does. */
export interface Mischief {
  readonly duplicate?: number;
  readonly earlyTimer?: number;
  readonly stage?: number;
  readonly pause?: number;
  readonly signal?: number;
  /** Somebody answers or signals in time or too late; what was said earlier may come in now. */
  readonly say?: number;
  readonly cancel?: number;
  /** The time passes up to the run's deadline. */
  readonly deadline?: number;
  /** The process ends on purpose, and another takes the run up. */
  readonly stop?: number;
  /** The process dies and another goes on with what is in the log. */
  readonly crash?: number;
}

export interface Drive {
  readonly world: World;
  readonly dice: Dice;
  readonly mischief?: Mischief;
  /** Called after each input with the events that came of it, already applied. */
  readonly onDecision?: (driver: CoreDriver, events: readonly Event[], input: Input) => void;
}

type Untimed<T> = T extends Input ? Omit<T, "at"> : never;

/** Longest a run may take before it is taken for one that never ends. */
const mostTurns = 20_000;
const startsAt = Date.UTC(2026, 0, 1);

/** Drives the core alone through a run, in an order that the dice choose. */
export class CoreDriver {
  state: RunState;
  readonly events: Event[];
  /** Work that was owed and not settled, as `owedBy` told it. */
  readonly owed = new Map<string, WorkEffect>();
  readonly timers = new Map<string, number>();
  readonly #drive: Drive;
  readonly #settled: { readonly effect: string; readonly outcome: Outcome }[] = [];
  #now: number;

  constructor(from: { readonly workflow: Workflow } | { readonly log: readonly Event[] }, drive: Drive) {
    this.#drive = drive;
    if ("log" in from) {
      this.events = [...from.log];
      this.state = foldedOf(this.events);
      this.#now = this.state.at;
      this.give({ type: "recover" });
      return;
    }
    this.#now = startsAt;
    const input = {
      type: "create",
      at: this.#now,
      runId: "r1",
      seed: "5eed",
      workflow: from.workflow,
      inputs: { from: "here" },
      plan: { expectedMs: {} },
      overrides: {},
    } as const;
    const made = create(input);
    this.state = made.state;
    this.events = [...made.events];
    this.#take(made.events);
    drive.onDecision?.(this, made.events, input);
  }

  give(untimed: Untimed<Input>, at = this.#now): readonly Event[] {
    const input: Input = { ...untimed, at };
    const events = advance(this.state, input);
    this.events.push(...events);
    if (input.type === "recover") this.#startPending();
    else this.#take(events);
    this.#drive.onDecision?.(this, events, input);
    for (const event of events) if (event.type === "ask.escalated") this.#tell(event);
    if (this.state.unwritten.size > 0 && this.#drive.dice.chance(0.3)) this.#remember();
    return events;
  }

  /** Drives the run to its end. */
  finish(): this {
    for (let turn = 0; !isFinal(this.state.status); turn += 1) {
      if (turn > mostTurns) throw new Error(`the run does not end: it is ${this.state.status}`);
      if (!this.#misbehave()) this.#goOn();
    }
    return this;
  }

  /** Starts a new life of the run, which has ended. */
  restart(from?: string, workflow?: Workflow): this {
    this.timers.clear();
    const limits = { costUsd: 1e6, tokens: 1e9, agents: 1e5, timeMs: 1e10 };
    const also = { ...(from === undefined ? {} : { from }), ...(workflow ? { workflow } : {}) };
    this.give({ type: "restart", overrides: { limits }, ...also });
    return this;
  }

  /** The run has ended, and is to take back what it did. */
  recall(): this {
    this.timers.clear();
    this.give({ type: "recall", reason: "it is not wanted" });
    return this;
  }

  /** The process dies; another one folds the log and goes on. */
  crash(): void {
    const { dice } = this.#drive;
    this.state = foldedOf(this.events);
    this.owed.clear();
    this.timers.clear();
    const diedAt = this.#now + dice.below(1000);
    this.#now = diedAt + dice.below(100_000);
    this.give({ type: "recover", ...(dice.chance(0.5) ? { aliveAt: diedAt } : {}) });
    if (this.state.paused) this.give({ type: "resume" });
  }

  #take(events: readonly Event[]): void {
    for (const effect of owedBy(this.state, events)) {
      if (effect.type === "timer") this.timers.set(effect.id, effect.dueAt);
      else this.owed.set(effect.id, effect);
    }
  }

  /** A notice is told at once, or not at all. */
  #tell({ address, level }: Extract<Event, { type: "ask.escalated" }>): void {
    const askedAt = nodeAt(this.state, address)?.ask?.askedAt;
    if (askedAt !== undefined && this.#drive.dice.chance(0.7))
      this.give({ type: "told", address, askedAt, level });
  }

  #startPending(): void {
    for (const effect of pending(this.state)) {
      if (effect.type === "timer") this.timers.set(effect.id, effect.dueAt);
      else this.owed.set(effect.id, effect);
    }
  }

  /** A result comes back, or a timer fires; when nothing is owed, what the run says it waits for happens. */
  #goOn(): void {
    const { dice, mischief = {} } = this.#drive;
    const timers = [...this.timers].filter(([id]) => !boundsWork(id) || dice.chance(mischief.deadline ?? 0));
    const choices = this.owed.size + timers.length;
    const choice = dice.below(Math.max(1, choices));
    const work = [...this.owed.values()][choice];
    const timer = timers[choice - this.owed.size];
    if (work) this.#settle(work);
    else if (timer) this.#fire(timer);
    else this.#help();
  }

  #settle(work: WorkEffect): void {
    this.#now += this.#drive.dice.below(1000);
    this.owed.delete(work.id);
    const node = nodeAt(this.state, work.address);
    const over = this.state.cancelling || this.state.limitHit?.limit === "timeMs";
    const stopped = over || (node !== undefined && isGivenUp(node));
    // some work is over by the time it is told to stop
    const outcome =
      stopped && !this.#drive.dice.chance(0.3)
        ? stoppedWith(this.#drive.dice)
        : this.#drive.world.outcomeOf(work, this.#now);
    this.#settled.push({ effect: work.id, outcome });
    this.give({ type: "outcome", effect: work.id, outcome });
  }

  #fire([timer, dueAt]: readonly [string, number]): void {
    this.timers.delete(timer);
    this.#now = Math.max(this.#now, dueAt);
    this.give({ type: "timer", timer });
  }

  /** A memory has what a step learned. */
  #remember(): void {
    const [first] = this.state.unwritten;
    if (first)
      this.give({ type: "remembered", address: first[0], written: { name: first[1].name, added: 1 } });
  }

  #help(): void {
    if (this.state.unwritten.size > 0) return this.#remember();
    const child = [...this.state.live].find((node) => node.phase === "waiting" && node.child?.status)?.child;
    if (!child || this.state.paused) return this.#helpPeople();
    this.#wake(child.id);
  }

  #helpPeople(): void {
    const asking = [...this.state.live].find((node) => node.phase === "asking");
    const waiting = [...this.state.live].find(
      (node) => node.phase === "waiting" && node.signal !== undefined,
    );
    const asked = [...this.state.live].find(({ ask, phase }) => ask && phase === "waiting");
    const named = explain(this.state).map(({ address }) => address);
    if (this.state.paused) this.give({ type: "resume" });
    else if (asking && named.includes(asking.address)) {
      const value = this.#drive.dice.chance(0.5) ? "fail" : "rerun";
      this.give({ type: "answer", address: asking.address, value });
    } else if (asked && named.includes(asked.address)) this.#answer(asked);
    else if (waiting && named.includes(waiting.address)) {
      this.give({ type: "signal", name: waiting.signal ?? "", payload: "sent" });
    } else throw new Error(`nothing is owed, and nobody can help: the run is ${this.state.status}`);
  }

  /** A run that does a step went on without this one. */
  #wake(child: string): void {
    this.#now += childTurnMs;
    this.give({ type: "child", child });
  }

  #answer(node: NodeState): void {
    const answer = randomAnswer(node, this.#drive.dice);
    if (answer) this.give(answer);
  }

  /** True when something happened that a run has to live with. */
  #misbehave(): boolean {
    const { dice, mischief = {} } = this.#drive;
    const happens = (share: number | undefined) => share !== undefined && dice.chance(share);
    const tried = this.#comeAtOdds(happens);
    if (tried !== undefined) return tried;
    if (happens(mischief.pause)) this.give({ type: "pause", reason: "lunch" });
    else if (happens(mischief.signal)) this.give({ type: "signal", name: "go", payload: "sent" });
    else if (happens(mischief.cancel)) this.give(cancelBy(dice));
    else if (happens(mischief.crash)) this.crash();
    else if (happens(mischief.stop)) this.#stop();
    else return false;
    return true;
  }

  #say(): boolean {
    const said = randomSaying(this.state, { dice: this.#drive.dice, now: this.#now });
    if (!said) return false;
    this.#now = Math.max(this.#now, said.at);
    this.give(said.input, said.at);
    return true;
  }

  /** What comes in at an odd time; undefined: nothing did. */
  #comeAtOdds(happens: (share: number | undefined) => boolean): boolean | undefined {
    const { mischief = {} } = this.#drive;
    if (happens(mischief.duplicate)) return this.#again();
    if (happens(mischief.earlyTimer)) return this.#early();
    if (happens(mischief.stage)) return this.#tellStage();
    return happens(mischief.say) ? this.#say() : undefined;
  }

  /** What comes back while the process ends is still decided. */
  #stop(): void {
    this.give({ type: "stop", reason: "Ctrl-C" });
    const [work] = this.owed.values();
    if (work && this.#drive.dice.chance(0.5)) this.#settle(work);
    this.crash();
  }

  #again(): boolean {
    const old = this.#settled[this.#drive.dice.below(this.#settled.length)];
    // a run that does a step is waited for under one name, as often as it waits itself
    if (!old || this.owed.has(old.effect)) return false;
    this.give({ type: "outcome", ...old });
    return true;
  }

  #early(): boolean {
    const early = [...this.timers].find(([, dueAt]) => dueAt > this.#now);
    if (early) this.give({ type: "timer", timer: early[0] });
    return early !== undefined;
  }

  #tellStage(): boolean {
    const [work] = this.owed.values();
    if (work) this.give({ type: "stage", effect: work.id, record: stageOf(work) });
    return work !== undefined;
  }
}

function cancelBy(dice: Dice): { readonly type: "cancel"; readonly reason: string; readonly undo?: true } {
  return { type: "cancel", reason: "enough", ...(dice.chance(0.5) ? { undo: true } : {}) };
}

const cancelled: Outcome = {
  ok: false,
  failure: { code: "CANCELLED", message: "The step was cancelled", class: "cancelled" },
};

/** Who stops may know a part of what it has used, or that it was not asked yet. */
function stoppedWith(dice: Dice): Outcome {
  const known = dice.below(3);
  if (known === 0) return cancelled;
  if (known === 1) return { ...cancelled, asked: false };
  return { ...cancelled, usage: { costUsd: 0.25, inputTokens: 7, outputTokens: 1, atLeast: true } };
}

function foldedOf(events: readonly Event[]): RunState {
  const state = fold(JSON.parse(JSON.stringify(events)) as readonly Event[]);
  if (!state) throw new Error("the log is empty");
  return state;
}

/** A second state that is brought along event by event, as a log that is read would be. */
export function createShadow(): { take(events: readonly Event[]): RunState } {
  let state: RunState | undefined;
  return {
    take: (events) => {
      const stored = JSON.parse(JSON.stringify(events)) as readonly Event[];
      if (state) for (const event of stored) apply(state, event);
      else state = fold(stored);
      if (!state) throw new Error("the log is empty");
      return state;
    },
  };
}

/** Of work that keeps account of files, how the folder was when it began; else a stage of it. */
function stageOf({ policy }: WorkEffect): StageRecord {
  if (policy.filesBefore) return { stage: "files", ok: true, durationMs: 0, filesAtStart: "sha256:0" };
  return { stage: "execution", ok: true, durationMs: 1 };
}

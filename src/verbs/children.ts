import { capAround, childCaps } from "../core/child-caps.ts";
import type { ChildEnd, Spent, StoppedBy } from "../core/child-record.ts";
import type { Event, Input } from "../core/events.ts";
import type { NodeState } from "../core/node.ts";
import { isOfChild, type Request } from "../core/effects.ts";
import type { LimitHit, Outcome } from "../core/outcome.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import type { Limits } from "../language/workflow.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import { stoppedAround } from "./child-outcome.ts";
import type { StreamFigures } from "../stream/figures.ts";
import type { ChildControl, Parts, StreamJob } from "./parts.ts";
import { runsOthers } from "./placed-steps.ts";
import { type Around, Purse } from "./purse.ts";

type ChildEffect = Extract<WorkEffect, { readonly type: "perform" }>;

interface Live {
  readonly node: NodeState;
  readonly child: ChildControl;
  caps: Partial<Limits>;
}

/** A pipeline of the run has come so far. */
export interface StreamNews {
  readonly kind: "stream";
  readonly address: string;
  readonly figures: StreamFigures;
}

interface Driven {
  /** The step of another run that this run does. */
  readonly inside?: Around;
  /** The same of a run that this process does not drive. */
  readonly around?: Around;
  readonly post: (input: Input) => void;
  readonly listeners: { tell(news: StreamNews): void };
}

/** The runs and pipelines that do steps of one run, as far as this process drives them: what happens to that run happens to them. */
export interface RunsInside {
  /** Does the steps that are runs of their own, or pipelines; all other work goes to `perform`, agents when the caps leave room. */
  through(perform: Performer): Performer;
  /** Passes on what became of the run around them. */
  tell(events: readonly Event[]): void;
  /** Nothing of the pipelines goes on that is on its way. */
  halt(): void;
  /** Nothing is driven here any more. */
  close(): void;
}

/** A run with none inside it, and none around it, shares its caps with nobody: nothing is made for it. */
export function childrenOf(parts: Parts, state: RunState, driven: Driven): RunsInside {
  return driven.inside || driven.around || runsOthers(state.workflow)
    ? new Children(parts, state, driven)
    : alone;
}

const alone: RunsInside = { through: (perform) => perform, tell: () => {}, halt: () => {}, close: () => {} };

class Children implements RunsInside {
  readonly #parts: Parts;
  readonly #state: RunState;
  readonly #post: (input: Input) => void;
  readonly #listeners: Driven["listeners"];
  readonly #purse: Purse;
  readonly #live = new Map<string, Live>();

  constructor(parts: Parts, state: RunState, { inside, around, post, listeners }: Driven) {
    this.#parts = parts;
    this.#state = state;
    this.#post = post;
    this.#listeners = listeners;
    this.#purse = new Purse(state, inside ?? around);
  }

  through(perform: Performer): Performer {
    const paid = this.#purse.through(perform);
    return (effect, work) => {
      if (effect.type !== "perform" || !isOfChild(effect.request)) return paid(effect, work);
      const { request } = effect;
      return request.kind === "workflow"
        ? this.#run(effect, { request, work })
        : this.#stream(effect, { request, work, perform });
    };
  }

  halt(): void {
    for (const { child } of this.#live.values()) child.halt?.("killed");
  }

  close(): void {
    this.#purse.close();
  }

  tell(events: readonly Event[]): void {
    this.#purse.look();
    if (this.#live.size === 0) return;
    for (const event of events) for (const { child } of this.#live.values()) passOn(event, child);
    if (events.some(({ type }) => spending.has(type))) this.#shareWhatIsLeft();
  }

  async #run(effect: ChildEffect, { request, work }: Asked<"workflow">): Promise<Outcome> {
    const job = this.#jobOf(effect, work);
    const { action } = job.node.plan.step;
    if (action.kind !== "workflow") throw new TypeError("no run of its own");
    const { workflow } = action;
    return this.#judged(await this.#parts.children.run(this.#parts, { ...job, request, workflow }), job.node);
  }

  #stream(
    effect: ChildEffect,
    { request, work, perform }: Asked<"pipeline"> & { readonly perform: Performer },
  ): Promise<Outcome> {
    const job = this.#jobOf(effect, work);
    const { action } = job.node.plan.step;
    if (action.kind !== "pipeline") throw new TypeError("no pipeline");
    const { begins: _, used: __, book: ___, ...context } = work;
    const whole: StreamJob = {
      ...job,
      request,
      action,
      stage: work.stage,
      perform: (inner, also) => perform(inner, { ...context, ...also, stage: () => {} }),
      judged: (outcome, spent) => this.#judged(outcome, job.node, spent),
      onFigures: (figures) => this.#listeners.tell({ kind: "stream", address: effect.address, figures }),
    };
    return this.#parts.children.stream(this.#parts, whole);
  }

  #jobOf(effect: ChildEffect, { signal, print }: WorkContext) {
    const state = this.#state;
    const node = nodeAt(state, effect.address);
    if (!node) throw new TypeError(`there is no node "${effect.address}"`);
    const { clock } = this.#parts;
    return {
      parent: state,
      node,
      effect,
      purse: this.#purse,
      signal,
      print,
      onSpent: (spent: Spent) => this.#post({ type: "spent", effect: effect.id, spent, at: clock.now() }),
      onDrive: (child: ChildControl | undefined) => {
        if (child) this.#live.set(effect.id, { node, child, caps: childCaps(state, node) });
        else this.#live.delete(effect.id);
      },
    };
  }

  /** `spent`: what all that do the step have used. */
  #judged(outcome: Outcome, node: NodeState, spent?: Spent): Outcome {
    const { child } = outcome;
    if (!child?.limit) return outcome;
    return this.#stopped(outcome, { node, child, stopped: child.limit, spent: spent ?? child.spent });
  }

  /** Whose cap stopped the run that does a step. */
  #stopped(outcome: Outcome, { node, child, stopped, spent }: Stopped): Outcome {
    const limit = stopped.day ? this.#dayLimit(stopped) : this.#limitOf(outcome, stopped);
    // what stopped it is the cap of this run, or lies further out: this run stops there
    if (limit)
      return { ...(outcome.ok ? stoppedAround(outcome, child, limit) : outcome), asked: false, limit };
    const around = stopped.own ? undefined : capAround(this.#state, node, { ...stopped, spent });
    return around ? stoppedAround(outcome, child, around) : outcome;
  }

  #limitOf({ ok: isDegraded }: Outcome, stopped: StoppedBy): LimitHit | undefined {
    // what it gave below its own cap is what it was to give
    return stopped.own && isDegraded ? undefined : this.#purse.limitOf(stopped);
  }

  /** The day has no more for this run either, unless the run inside has a lower cap on it. */
  #dayLimit({ day, predicted }: StoppedBy): LimitHit | undefined {
    const cap = this.#state.limits.dayUsd;
    if (!day || cap === undefined || cap > day.cap) return undefined;
    return { limit: "dayUsd", ...day, ...(predicted === undefined ? {} : { predicted }) };
  }

  /** What one of them uses is not there for the others. */
  #shareWhatIsLeft(): void {
    for (const live of this.#live.values()) {
      const caps = childCaps(this.#state, live.node);
      if (isSame(caps, live.caps)) continue;
      live.caps = caps;
      live.child.cap(caps);
    }
  }
}

interface Asked<Kind extends Request["kind"]> {
  readonly request: Extract<Request, { readonly kind: Kind }>;
  readonly work: WorkContext;
}

/** What happened to a run, to one that does a step of it. */
function passOn(event: Event, child: ChildControl): void {
  if (event.type === "letters.replayed") return child.look?.();
  if (event.type !== "run.control") return;
  if (event.verb === "cancel") child.look?.();
  else if (event.verb === "pause") child.pause(event.reason);
  else child.resume();
}

interface Stopped {
  readonly node: NodeState;
  readonly child: ChildEnd;
  readonly stopped: StoppedBy;
  readonly spent: Spent;
}

/** After these, another amount may be left. */
const spending: ReadonlySet<Event["type"]> = new Set([
  "attempt.started",
  "attempt.ended",
  "attempt.interrupted",
  "gate.ended",
  "child.spent",
  "run.capped",
]);

/** Sums of prices are not exact in binary. */
const exactnessUsd = 1e-6;

function isSame(a: Partial<Limits>, b: Partial<Limits>): boolean {
  const money = Math.abs((a.costUsd ?? 0) - (b.costUsd ?? 0)) < exactnessUsd;
  return money && a.tokens === b.tokens && a.agents === b.agents;
}

import { capAround, childCaps } from "../core/child-caps.ts";
import type { ChildEnd, StoppedBy } from "../core/child-record.ts";
import type { Event, Input } from "../core/events.ts";
import type { NodeState } from "../core/node.ts";
import type { LimitHit, Outcome } from "../core/outcome.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import type { Limits } from "../language/workflow.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import { stoppedAround } from "./child-outcome.ts";
import type { ChildControl, Parts } from "./parts.ts";
import { runsOthers } from "./placed-steps.ts";
import { type Around, Purse } from "./purse.ts";

type ChildEffect = Extract<WorkEffect, { readonly type: "perform" }>;

interface Live {
  readonly node: NodeState;
  readonly child: ChildControl;
  caps: Partial<Limits>;
}

interface Driven {
  /** The step of another run that this run does. */
  readonly inside?: Around;
  /** The same of a run that this process does not drive. */
  readonly around?: Around;
  readonly post: (input: Input) => void;
}

/** The runs that do steps of one run, as far as this process drives them: what happens to that run happens to them. */
export interface RunsInside {
  /** Does the steps that are runs of their own; all other work goes to `perform`, agents when the caps leave room. */
  through(perform: Performer): Performer;
  /** Passes on what became of the run around them. */
  tell(events: readonly Event[]): void;
  /** Nothing is driven here any more. */
  close(): void;
}

/** A run with none inside it, and none around it, shares its caps with nobody: nothing is made for it. */
export function childrenOf(parts: Parts, state: RunState, driven: Driven): RunsInside {
  return driven.inside || driven.around || runsOthers(state.workflow)
    ? new Children(parts, state, driven)
    : alone;
}

const alone: RunsInside = { through: (perform) => perform, tell: () => {}, close: () => {} };

class Children implements RunsInside {
  readonly #parts: Parts;
  readonly #state: RunState;
  readonly #post: (input: Input) => void;
  readonly #purse: Purse;
  readonly #live = new Map<string, Live>();

  constructor(parts: Parts, state: RunState, { inside, around, post }: Driven) {
    this.#parts = parts;
    this.#state = state;
    this.#post = post;
    this.#purse = new Purse(state, inside ?? around);
  }

  through(perform: Performer): Performer {
    const paid = this.#purse.through(perform);
    return (effect, work) =>
      effect.type === "perform" && effect.request.kind === "workflow"
        ? this.#run(effect, work)
        : paid(effect, work);
  }

  close(): void {
    this.#purse.close();
  }

  tell(events: readonly Event[]): void {
    this.#purse.look();
    if (this.#live.size === 0) return;
    for (const event of events) {
      if (event.type !== "run.control" || event.verb === "cancel") continue;
      for (const { child } of this.#live.values()) {
        if (event.verb === "pause") child.pause(event.reason);
        else child.resume();
      }
    }
    if (events.some(({ type }) => spending.has(type))) this.#shareWhatIsLeft();
  }

  async #run(effect: ChildEffect, { signal, print }: WorkContext) {
    const node = nodeAt(this.#state, effect.address);
    if (!node) throw new TypeError(`there is no node "${effect.address}"`);
    const { clock, children } = this.#parts;
    const outcome = await children.run(this.#parts, {
      parent: this.#state,
      node,
      effect,
      purse: this.#purse,
      signal,
      print,
      onSpent: (spent) => this.#post({ type: "spent", effect: effect.id, spent, at: clock.now() }),
      onDrive: (child) => {
        if (child) this.#live.set(effect.id, { node, child, caps: childCaps(this.#state, node) });
        else this.#live.delete(effect.id);
      },
    });
    return outcome.child?.limit
      ? this.#stopped(outcome, { node, child: outcome.child, stopped: outcome.child.limit })
      : outcome;
  }

  /** Whose cap stopped the run that does a step. */
  #stopped(outcome: Outcome, { node, child, stopped }: Stopped): Outcome {
    const limit = stopped.day ? this.#dayLimit(stopped) : this.#limitOf(outcome, stopped);
    // what stopped it is the cap of this run, or lies further out: this run stops there
    if (limit)
      return { ...(outcome.ok ? stoppedAround(outcome, child, limit) : outcome), asked: false, limit };
    const around = stopped.own ? undefined : capAround(this.#state, node, { ...stopped, spent: child.spent });
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

interface Stopped {
  readonly node: NodeState;
  readonly child: ChildEnd;
  readonly stopped: StoppedBy;
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

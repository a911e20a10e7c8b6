import { cappedAround, leftAsks } from "../core/budget.ts";
import { type Spent, spentOf, type StoppedBy } from "../core/child-record.ts";
import type { NodeState } from "../core/node.ts";
import type { LimitHit, Outcome } from "../core/outcome.ts";
import { limitFailure } from "../core/policies/limit-advice.ts";
import {
  type Forbidden,
  isAudit,
  judgeNext,
  leftUsd,
  meanOf,
  type Meeting,
  usedBy,
} from "../core/policies/limits.ts";
import { type Estimate, type Held, nothingUsed, type Used } from "../core/spending.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { unasked } from "../core/usage.ts";
import { sameJson } from "../expression/json.ts";
import type { StepLimits } from "../language/workflow.ts";
import type { Performer, WorkEffect } from "../ports/performer.ts";

/** The step of another run that a run does, or a batch of that step. */
export interface Around {
  readonly purse: Purse;
  readonly node: NodeState;
  /** Of a run that does a batch: what of its spending is told as that of its step. */
  readonly counted?: () => Spent;
}

/** A step whose batches are done by runs of their own, while this process drives it. */
interface Batches {
  readonly node: NodeState;
  readonly spent: () => Spent;
}

/** What lies in one place: what was used there, and what is held for those who may use more. */
interface Sum {
  readonly used: Used;
  readonly held: Estimate[];
}

/** What an attempt may use that begins. */
interface Left {
  readonly leftUsd: number;
  /** How often its agent may be asked. */
  readonly asks: number;
}

type Verdict =
  | { readonly verdict: "wait" }
  | ({ readonly verdict: "go" } & Left)
  | {
      readonly verdict: "stop";
      readonly hit: Forbidden;
      /** Whose cap it is, when it is not that of the attempt's own run. */
      readonly runId: string | undefined;
    };

interface Waiting {
  readonly purse: Purse;
  readonly address: string;
  readonly resolve: (verdict: Verdict) => void;
}

/**
 * What the caps of a run and of those around it leave for agents, while this process drives them: runs side by side
 * share what is left of the run around them, and each knows only its own log. So each attempt asks here at last. It
 * begins when what was used, what is held for those that have begun, and what it will probably use itself, stay below
 * all caps around it, in all runs; it waits while those under way may come in cheaper; it is not made when it would
 * pass a cap whatever they do. All that is counted is read from the runs' states as they stand: nothing is booked twice.
 */
export class Purse {
  readonly state: RunState;
  readonly #around: Around | undefined;
  readonly #root: Purse;
  readonly #inside = new Set<Purse>();
  readonly #batches = new Set<Batches>();
  /** Addresses whose present attempt has begun. */
  readonly #begun = new Set<string>();
  /** In the outermost: those of all runs that wait, in their order. */
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(state: RunState, around?: Around) {
    this.state = state;
    this.#around = around;
    this.#root = around ? around.purse.#root : this;
    if (around) around.purse.#inside.add(this);
  }

  /** A performer that lets an agent begin when all caps leave room. */
  through(perform: Performer): Performer {
    const asked: Performer = async (effect, context) => {
      context.used?.(unasked);
      const judged = await this.#ask(effect.address, context.signal);
      if (judged.verdict === "stop") return refused(judged);
      return perform(judged.verdict === "go" ? bounded(effect, judged) : effect, context);
    };
    // nothing is held for what asks no agent
    return (effect, context) =>
      this.state.budget.underWay.has(effect.address) ? asked(effect, context) : perform(effect, context);
  }

  /** Counts what the batches of a step have used that its run has not been told yet; until the function is called that it gives. */
  counting(batches: Batches): () => void {
    this.#batches.add(batches);
    return () => this.#batches.delete(batches);
  }

  /** Something has changed: those that wait are looked at again. */
  look(): void {
    const waiting = this.#root.#waiting;
    for (const one of waiting) {
      const judged = one.purse.#decide(one.address);
      if (judged.verdict === "wait") continue;
      waiting.delete(one);
      one.resolve(judged);
    }
  }

  /** The run is driven here no more: nothing of it is under way. */
  close(): void {
    this.#closed = true;
    this.look();
  }

  /** The cap of this run, or of one around it, when that is what stopped a run inside it. */
  limitOf(stopped: StoppedBy): LimitHit | undefined {
    const own = this.#ownLimit(stopped);
    if (own) return own;
    const further = this.#around?.purse.limitOf(stopped);
    return further && { ...further, outer: true };
  }

  #ownLimit({ limit, predicted }: StoppedBy): LimitHit | undefined {
    if (isAudit(this.state)) return undefined;
    const estimate = predicted === undefined ? {} : { [limit]: predicted };
    const { used } = this.#sum();
    const mean = { costUsd: 0, tokens: 0 };
    const hit = judgeNext({ [limit]: this.state.limits[limit] }, { used, others: [], estimate, mean });
    return typeof hit === "object" ? hit : undefined;
  }

  #ask(address: string, signal: AbortSignal): Promise<Verdict> {
    this.#begun.delete(address);
    signal.throwIfAborted();
    const judged = this.#decide(address);
    if (judged.verdict !== "wait") return Promise.resolve(judged);
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const one = { purse: this, address, resolve };
    const stop = (): void => {
      this.#root.#waiting.delete(one);
      reject(signal.reason);
    };
    this.#root.#waiting.add(one);
    signal.addEventListener("abort", stop, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", stop));
  }

  #decide(address: string): Verdict {
    const judged = this.#judge(address);
    if (judged.verdict === "go") this.#begun.add(address);
    return judged;
  }

  #judge(address: string): Verdict {
    const estimate = this.state.budget.underWay.get(address)?.estimate ?? {};
    let waits = false;
    let least: Left = { leftUsd: Number.POSITIVE_INFINITY, asks: Number.POSITIVE_INFINITY };
    for (const { purse, of, limits } of this.#placesAround(nodeAt(this.state, address))) {
      const { used, held } = purse.#sum(of);
      const judged = judgeNext(limits, { used, others: held, estimate, mean: purse.#mean() });
      if (typeof judged === "object") {
        const hit = of === undefined ? judged : { ...judged, of };
        const { runId } = purse.state;
        return { verdict: "stop", hit, runId: runId === this.state.runId ? undefined : runId };
      }
      waits ||= judged === "wait";
      least = {
        leftUsd: Math.min(least.leftUsd, leftUsd(limits, { used, others: held })),
        asks: Math.min(least.asks, leftAsks(limits, { used, others: held })),
      };
    }
    return waits ? { verdict: "wait" } : { verdict: "go", ...least };
  }

  /** What an attempt used on average, in this run and in those inside it. */
  #mean(): Meeting["mean"] {
    const { used, held } = this.#sum();
    return meanOf(used, held.length);
  }

  /** Those of its own run are looked at only where it has others inside: else its own log has told all of them. */
  #placesAround(node: NodeState | undefined): readonly Place[] {
    const own = node && this.#inside.size + this.#batches.size > 0 ? this.#placesIn(node) : [];
    const outer = this.#outer().flatMap(({ purse, node: at }) => purse.#placesIn(at));
    return [...own, ...outer];
  }

  #outer(): readonly Around[] {
    return this.#around ? [this.#around, ...this.#around.purse.#outer()] : [];
  }

  #placesIn(node: NodeState): readonly Place[] {
    if (isAudit(this.state)) return [];
    const inner = cappedAround(node).map(({ address, limits }) => ({ purse: this, of: address, limits }));
    return [...inner, { purse: this, limits: this.state.limits }];
  }

  /** All of it, or what lies in a node with caps of its own. */
  #sum(of?: string): Sum {
    const used = { ...this.#usedIn(of) };
    const held: Estimate[] = [];
    for (const [address, { estimate }] of this.#underWayIn(of)) {
      if (this.#begun.has(address)) held.push(estimate);
      else used.agents -= 1;
    }
    for (const inner of this.#inside) {
      if (of === undefined || inner.#isIn(of)) this.#add(inner, { used, held });
    }
    this.#addBatches(used, of);
    return { used, held };
  }

  #usedIn(of: string | undefined): Used {
    if (of === undefined) return usedBy(this.state);
    return this.state.budget.used.get(of) ?? nothingUsed();
  }

  #underWayIn(of: string | undefined): readonly (readonly [string, Held])[] {
    if (this.#closed) return [];
    const all = [...this.state.budget.underWay];
    return of === undefined ? all : all.filter(([, { scopes }]) => scopes.includes(of));
  }

  #isIn(of: string): boolean {
    return this.#around !== undefined && isInside(this.#around.node, of);
  }

  /** What a run inside has used and holds that is not in this run's ledger yet. */
  #add(inner: Purse, { used, held }: Sum): void {
    const counted = this.#countedOf(inner);
    if (!counted || (inner.#closed && sameJson({ ...counted }, { ...spentOf(inner.state.ledger) }))) {
      if (inner.#closed) this.#inside.delete(inner);
      return;
    }
    const sum = inner.#sum();
    used.costUsd += sum.used.costUsd - counted.costUsd;
    used.presumedUsd += sum.used.presumedUsd - counted.presumedUsd;
    used.tokens += sum.used.tokens - counted.inputTokens - counted.outputTokens;
    used.agents += sum.used.agents - counted.agents;
    held.push(...sum.held);
  }

  #addBatches(used: Used, of: string | undefined): void {
    for (const { node, spent } of this.#batches) {
      const counted = this.state.children.get(node.address)?.counted;
      if (counted && (of === undefined || isInside(node, of))) addMore(used, spent(), counted);
    }
  }

  /** Undefined: another run does the step by now. */
  #countedOf(inner: Purse): Spent | undefined {
    if (inner.#around?.counted) return inner.#around.counted();
    const record = inner.#around && this.state.children.get(inner.#around.node.address);
    return record?.id === inner.state.runId ? record.counted : undefined;
  }
}

function isInside(node: NodeState, of: string): boolean {
  return cappedAround(node).some(({ address }) => address === of);
}

/** What was spent and is not counted yet. */
function addMore(used: Used, spent: Spent, counted: Spent): void {
  used.costUsd += spent.costUsd - counted.costUsd;
  used.presumedUsd += spent.presumedUsd - counted.presumedUsd;
  used.tokens += spent.inputTokens + spent.outputTokens - counted.inputTokens - counted.outputTokens;
  used.agents += spent.agents - counted.agents;
}

/** Where caps hold: a node with caps of its own, or a run. */
interface Place {
  readonly purse: Purse;
  readonly of?: string;
  readonly limits: StepLimits;
}

function bounded(effect: WorkEffect, { leftUsd: mostUsd, asks }: Left): WorkEffect {
  const { remainingUsd, mostAsks = 0 } = effect.policy;
  if (mostUsd >= remainingUsd && asks >= mostAsks) return effect;
  const policy = { ...effect.policy, remainingUsd: Math.min(mostUsd, remainingUsd) };
  return { ...effect, policy: mostAsks > asks ? { ...policy, mostAsks: asks } : policy };
}

/** A cap of a block in the attempt's own run fails the step; all others stop the run that the attempt is of. */
function refused({ hit, runId }: Extract<Verdict, { readonly verdict: "stop" }>): Outcome {
  const { of, ...limit } = hit;
  const outer = runId === undefined ? {} : ({ outer: true } as const);
  return {
    ok: false,
    asked: false,
    failure: limitFailure(hit, { runId }),
    ...(runId === undefined && of !== undefined ? {} : { limit: { ...limit, ...outer } }),
  };
}

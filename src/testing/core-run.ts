import { expect } from "vitest";
import { advance, create } from "../core/advance.ts";
import { fold } from "../core/apply.ts";
import type { Effect } from "../core/effects.ts";
import type { Event, Input, PlanHints, RunOverrides, RunStatus } from "../core/events.ts";
import type { Failure, Outcome } from "../core/outcome.ts";
import { pending } from "../core/pending.ts";
import { findUnsound } from "../core/sound.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { type NodeState } from "../core/node.ts";
import type { WorkspaceOrigin } from "../core/workspace.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { observe } from "./simulation/observe.ts";

type Untimed<T> = T extends Input ? Omit<T, "at"> : never;

export interface CoreRunOptions {
  readonly inputs?: JsonObject;
  readonly plan?: PlanHints;
  readonly overrides?: RunOverrides;
  readonly seed?: string;
  readonly workspace?: WorkspaceOrigin;
}

/** The time at which core runs begin; ms since the epoch. */
export const beginning = 1_000_000;

/** A workflow from its object form; throws when it has mistakes. */
export function workflowOf(value: Json): Workflow {
  const { workflow, problems } = loadObject(value);
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return workflow;
}

/** A workflow of these steps that run beside each other. */
export function parallelOf(steps: readonly Json[], rest: JsonObject = {}): Workflow {
  const { chain, ...others } = rest;
  const block = { parallel_where_possible: true, steps, ...(chain as JsonObject | undefined) };
  return workflowOf({ name: "test", chain: block, ...others });
}

/**
 * A run of the core alone, with the test as the outside. After every input it holds the laws: what the log folds to
 * is the live state, and the log is sound.
 */
export class CoreRun {
  state: RunState;
  readonly events: Event[];
  now = beginning;

  constructor(workflow: Workflow, options: CoreRunOptions = {}) {
    const { inputs = {}, plan, overrides = {}, seed = "5eed", workspace } = options;
    const made = create({
      type: "create",
      at: this.now,
      runId: "r1",
      seed,
      workflow,
      inputs,
      plan: plan ?? { expectedMs: {} },
      overrides,
      ...(workspace ? { workspace } : {}),
    });
    this.state = made.state;
    this.events = [...made.events];
    checkLaws(this.state, this.events);
  }

  get status(): RunStatus {
    return this.state.status;
  }

  /** What the outside owes, in words: `perform a`, `gate a!after0`, `timer retrying:a`. */
  get owed(): readonly string[] {
    return pending(this.state)
      .filter((effect) => effect.type !== "timer" || effect.id !== "deadline")
      .map((effect) => `${effect.type} ${nameOf(effect)}`)
      .toSorted();
  }

  give(input: Untimed<Input>): readonly Event[] {
    const events = advance(this.state, { ...input, at: this.now });
    this.events.push(...events);
    checkLaws(this.state, this.events);
    return events;
  }

  /** The attempt (or the gate) of this node that runs now ends well. */
  ok(address: string, outcome: Partial<Outcome> = {}): readonly Event[] {
    return this.give({ type: "outcome", effect: this.work(address).id, outcome: { ok: true, ...outcome } });
  }

  /** It fails: for good when no class is given. */
  fail(address: string, failure: Partial<Failure> = {}, outcome: Partial<Outcome> = {}): readonly Event[] {
    const whole: Failure = { code: "COMMAND_FAILED", message: "it broke", class: "permanent", ...failure };
    const failed = { ok: false, failure: whole, ...outcome };
    return this.give({ type: "outcome", effect: this.work(address).id, outcome: failed });
  }

  /** Moves the time on to when this timer is due, and fires it. */
  fire(timer: string): readonly Event[] {
    const effect = pending(this.state).find((one) => one.type === "timer" && one.id === timer);
    if (effect?.type !== "timer") throw new Error(`no timer ${timer}: ${this.owed.join(", ")}`);
    this.now = Math.max(this.now, effect.dueAt);
    return this.give({ type: "timer", timer });
  }

  /** The work that this node owes now. */
  work(address: string): Exclude<Effect, { type: "timer" }> {
    const found = pending(this.state).find((effect) => effect.type !== "timer" && effect.address === address);
    if (!found || found.type === "timer") throw new Error(`${address} runs nothing: ${this.owed.join(", ")}`);
    return found;
  }

  dueAt(timer: string): number | undefined {
    const effect = pending(this.state).find((one) => one.type === "timer" && one.id === timer);
    return effect?.type === "timer" ? effect.dueAt : undefined;
  }

  node(address: string): NodeState {
    const node = nodeAt(this.state, address);
    if (!node) throw new Error(`no node ${address}`);
    return node;
  }

  /** How the nodes ended, or the phase they are in, by address. */
  get ends(): Readonly<Record<string, NodeState["end"] | NodeState["phase"]>> {
    return Object.fromEntries(
      [...this.state.byAddress.values()].map((node) => [node.address, node.end ?? node.phase]),
    );
  }

  /** The process dies after so many events (all when not given), and another goes on with what is in the log. */
  crash(keep = this.events.length): void {
    this.events.length = keep;
    const state = fold(asStored(this.events));
    if (!state) throw new Error("nothing was kept");
    this.state = state;
    this.give({ type: "recover" });
  }
}

/** Holds that a state is what its log folds to, and that the log is sound. */
export function checkLaws(state: RunState, events: readonly Event[]): void {
  const stored = asStored(events);
  const folded = fold(stored);
  if (!folded) throw new Error("the log folds to nothing");
  expect(observe(folded)).toEqual(observe(state));
  expect(findUnsound(stored)).toEqual([]);
}

/** Events as they come back from a store. */
export function asStored(events: readonly Event[]): readonly Event[] {
  return JSON.parse(JSON.stringify(events)) as readonly Event[];
}

function nameOf(effect: Effect): string {
  if (effect.type === "timer") return effect.id;
  return effect.type === "gate"
    ? `${effect.address}!${effect.gate.when}${effect.gate.index}`
    : effect.address;
}

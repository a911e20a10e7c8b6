import { advance, create } from "../src/core/advance.ts";
import type { Effect } from "../src/core/effects.ts";
import type { Event } from "../src/core/events.ts";
import { Heap } from "../src/core/heap.ts";
import { owedBy } from "../src/core/pending.ts";
import type { RunState } from "../src/core/state.ts";
import type { Workflow } from "../src/language/workflow.ts";

/** A graph of tasks as the corpora have it. */
export interface TaskGraph {
  readonly name: string;
  readonly tasks: readonly {
    readonly id: string;
    readonly seconds: number;
    readonly deps: readonly string[];
  }[];
}

/** One second of a graph in simulated ms: the corpora's shortest task, 196 µs, must not vanish in rounding. */
const msPerSecond = 1_000_000;

/** The graph as a workflow: a function step a task, its duration as `expect`. */
export function graphDefinition({ name, tasks }: TaskGraph, workers: number): object {
  const stepName = new Map(tasks.map(({ id }, index) => [id, `t${index}`]));
  const steps = tasks.map(({ id, seconds, deps }) => ({
    name: stepName.get(id),
    function: "task",
    depends_on: [...new Set(deps)].map((dep) => stepName.get(dep)),
    expect: `${simulatedMs(seconds)}ms`,
  }));
  return { name, limits: { parallel: workers }, chain: { parallel_where_possible: true, steps } };
}

export function simulatedMs(seconds: number): number {
  return Math.max(1, Math.round(seconds * msPerSecond));
}

interface Finish {
  readonly atMs: number;
  readonly order: number;
  readonly effect: string;
}

/**
 * Drives the core through a whole run in simulated time: every step takes exactly its `expect`. Gives the seconds
 * from the start to the end of the run. Throws when the run does not complete.
 */
export function simulateMakespan(workflow: Workflow): number {
  const running = new Heap<Finish>((a, b) => a.atMs - b.atMs || a.order - b.order);
  const durations = new Map(workflow.chain.steps.map((step) => [step.name, step.expectedMs ?? 1]));
  let order = 0;
  const start = (effects: readonly Effect[], nowMs: number): void => {
    for (const effect of effects) {
      if (effect.type !== "perform") continue;
      const atMs = nowMs + (durations.get(effect.address) ?? 1);
      running.push({ atMs, order: (order += 1), effect: effect.id });
    }
  };
  const first = begin(workflow);
  const { state } = first;
  start(owedBy(state, first.events), 0);
  for (let next = running.pop(); next; next = running.pop()) {
    const outcome = { ok: true, output: null } as const;
    const events = advance(state, { type: "outcome", effect: next.effect, outcome, at: next.atMs });
    start(owedBy(state, events), next.atMs);
  }
  if (state.status !== "completed") throw new Error(`"${workflow.name}" ended ${state.status}`);
  return state.at / msPerSecond;
}

function begin(workflow: Workflow): { readonly state: RunState; readonly events: readonly Event[] } {
  return create({
    type: "create",
    at: 0,
    runId: "bench",
    seed: "bench",
    workflow,
    inputs: {},
    plan: { expectedMs: {} },
    overrides: {},
  });
}

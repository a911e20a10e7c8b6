import type { Event } from "../core/events.ts";
import type { Outcome } from "../core/outcome.ts";
import { gatePlace } from "../core/plan-estimates.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import type { Step } from "../language/workflow.ts";
import type { HistoryEntry } from "../ports/history.ts";
import { type Chosen, digestOf, historyKey, type Judged, judgeKey, repeatsUncounted } from "./hints.ts";
import { Notebook } from "./notebook.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";

/** An entry whose key, which costs a hash, is made when it is written. */
type Note = Omit<HistoryEntry, "key"> & {
  readonly step: Step;
  readonly chosen: Chosen;
  /** It is about the judge of a gate of the step. */
  readonly judged?: Judged;
};

type GateEvent = Extract<Event, { type: "gate.started" | "gate.queued" | "gate.ended" }>;

export function isOfGate(event: Event): event is GateEvent {
  return event.type === "gate.started" || event.type === "gate.queued" || event.type === "gate.ended";
}

/** How long and how dear attempts were, and their tokens. A crash loses what was not yet written, which is only predictions. */
class Memory {
  readonly #notes: Notebook<Note>;
  /** Judges under way, by run and address. */
  readonly #judges = new Map<string, { readonly agent: string; readonly at: number }>();

  constructor(parts: Parts) {
    this.#notes = new Notebook(parts, {
      write: (notes) => parts.history.record(entriesOf(notes)),
      what: "how long steps took",
      harm: "only predictions miss these attempts",
    });
  }

  add(state: RunState, event: Extract<Event, { type: "attempt.ended" }>): void {
    const { outcome, at, address } = event;
    const node = nodeAt(state, address);
    if (node?.attemptAt === undefined || outcome.cached || isStopped(outcome) || node.plan.kind !== "step")
      return;
    const durationMs = outcome.child?.activeMs ?? at - node.attemptAt;
    const used = { costUsd: costOf(outcome), tokens: tokensOf(outcome) };
    this.#notes.take({ step: node.plan.step, chosen: state, durationMs, ...used, ok: outcome.ok, at });
  }

  /** What a judge took that gave a verdict. */
  addJudge(state: RunState, event: GateEvent): void {
    const { address, at } = event;
    const place = `${state.runId} ${address}`;
    const begun = this.#judges.get(place);
    this.#judges.delete(place);
    if (event.type === "gate.started") {
      if (event.check?.kind === "judge") this.#judges.set(place, { agent: event.check.agent, at });
      return;
    }
    const step = nodeAt(state, address)?.plan.step;
    if (event.type !== "gate.ended" || !begun || !step || !event.usage || event.usage.atLeast) return;
    const { usage, gate, evidence } = event;
    this.#notes.take({
      step,
      chosen: state,
      judged: { place: gatePlace(gate), agent: begun.agent },
      durationMs: at - begun.at,
      costUsd: usage.costUsd,
      tokens: usage.inputTokens + usage.outputTokens,
      ok: evidence["undecided"] !== true,
      at,
    });
  }

  /** How long all rounds or items took; of a run that was restarted only some of them may have been done. */
  addParts(state: RunState, { address, end, at }: Extract<Event, { type: "node.ended" }>): void {
    const node =
      state.life === 0 && (end === "verified" || end === "claimed") ? nodeAt(state, address) : undefined;
    if (node?.startedAt === undefined || !repeatsUncounted(node.plan.step)) return;
    const durationMs = at - node.startedAt - node.downMs;
    const unknown = { costUsd: null, tokens: null };
    this.#notes.take({ step: node.plan.step, chosen: state, durationMs, ...unknown, ok: true, at });
  }

  flush(): Promise<void> {
    return this.#notes.flush();
  }
}

/** What all runs of one process write into. */
export const memoryOf = oncePer((parts: Parts) => new Memory(parts));

/** It tells nothing of what the whole takes. */
function isStopped({ failure, usage }: Outcome): boolean {
  return failure?.class === "cancelled" || usage?.atLeast === true;
}

/** Null: nobody knows. */
function costOf({ child, usage }: Outcome): number | null {
  if (child) return child.spent.unknownCosts > 0 ? null : child.spent.costUsd;
  return usage ? usage.costUsd : 0;
}

function tokensOf({ child, usage }: Outcome): number {
  const used = child?.spent ?? usage;
  return used ? used.inputTokens + used.outputTokens : 0;
}

/** The runs of one workflow do the same steps. */
function entriesOf(notes: readonly Note[]): readonly HistoryEntry[] {
  const digests = new Map<Step, string>();
  return notes.map(({ step, chosen, judged, ...rest }) => {
    const digest = digests.get(step) ?? digestOf(step);
    digests.set(step, digest);
    return {
      ...rest,
      key: judged ? judgeKey(step, judged, digest) : historyKey(step, chosen, digest),
    };
  });
}

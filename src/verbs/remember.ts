import type { Event } from "../core/events.ts";
import type { Outcome } from "../core/outcome.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import type { Step } from "../language/workflow.ts";
import type { HistoryEntry } from "../ports/history.ts";
import { type Chosen, digestOf, historyKey, repeats } from "./hints.ts";
import { Notebook } from "./notebook.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";

/** An entry whose key, which costs a hash, is made when it is written. */
type Note = Omit<HistoryEntry, "key"> & { readonly step: Step; readonly chosen: Chosen };

/** How long and how dear attempts were, and their tokens. A crash loses what was not yet written, which is only predictions. */
class Memory {
  readonly #notes: Notebook<Note>;

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
    if (node?.attemptAt === undefined || outcome.cached || node.plan.kind !== "step") return;
    const durationMs = outcome.child?.activeMs ?? at - node.attemptAt;
    const used = { costUsd: costOf(outcome), tokens: tokensOf(outcome) };
    this.#notes.take({ step: node.plan.step, chosen: state, durationMs, ...used, ok: outcome.ok, at });
  }

  /** How long all rounds or items took; of a run that was restarted only some of them may have been done. */
  addParts(state: RunState, { address, end, at }: Extract<Event, { type: "node.ended" }>): void {
    const node =
      state.life === 0 && (end === "verified" || end === "claimed") ? nodeAt(state, address) : undefined;
    if (node?.startedAt === undefined || !repeats(node.plan.step)) return;
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
  return notes.map(({ step, chosen, ...rest }) => {
    const digest = digests.get(step) ?? digestOf(step);
    digests.set(step, digest);
    return { ...rest, key: historyKey(step, chosen, digest) };
  });
}

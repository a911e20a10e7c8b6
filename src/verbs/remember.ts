import type { Event } from "../core/events.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { Step } from "../language/workflow.ts";
import type { HistoryEntry } from "../ports/history.ts";
import { type Chosen, historyKey, repeats } from "./hints.ts";
import type { Parts } from "./parts.ts";

/** An entry whose key, which costs a hash, is made when it is written. */
type Note = Omit<HistoryEntry, "key"> & { readonly step: Step; readonly chosen: Chosen };

/** How long what was learned may wait before it is written; a crash loses no more than this, and only predictions. */
const flushMs = 2000;

const memories = new WeakMap<Parts, Memory>();

/** What all runs of one process write into. */
export function memoryOf(parts: Parts): Memory {
  const memory = memories.get(parts) ?? new Memory(parts);
  memories.set(parts, memory);
  return memory;
}

/** Collects how long and how dear attempts were, and writes it now and then, so that no step waits for it. */
class Memory {
  readonly #parts: Parts;
  readonly #notes: Note[] = [];
  #forget: (() => void) | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  add(state: RunState, event: Extract<Event, { type: "attempt.ended" }>): void {
    const { outcome, at, address } = event;
    const node = nodeAt(state, address);
    if (node?.attemptAt === undefined || outcome.cached || node.plan.kind !== "step") return;
    const costUsd = outcome.usage ? outcome.usage.costUsd : 0;
    const durationMs = at - node.attemptAt;
    this.#take({ step: node.plan.step, chosen: state, durationMs, costUsd, ok: outcome.ok, at });
  }

  /** How long all rounds or items took; of a run that was restarted only some of them may have been done. */
  addParts(state: RunState, { address, end, at }: Extract<Event, { type: "node.ended" }>): void {
    const node =
      state.life === 0 && (end === "verified" || end === "claimed") ? nodeAt(state, address) : undefined;
    if (node?.startedAt === undefined || !repeats(node.plan.step)) return;
    const durationMs = at - node.startedAt - node.downMs;
    this.#take({ step: node.plan.step, chosen: state, durationMs, costUsd: null, ok: true, at });
  }

  #take(note: Note): void {
    this.#notes.push(note);
    this.#forget ??= this.#parts.clock.at(note.at + flushMs, () => void this.flush());
  }

  /** Writes what was collected; trouble is told and ends nothing. */
  async flush(): Promise<void> {
    if (this.#notes.length === 0) return;
    this.#forget?.();
    this.#forget = undefined;
    try {
      await this.#parts.history.record(this.#notes.splice(0).map(entryOf));
    } catch (error) {
      this.#parts.onTrouble(
        new TuttiError(
          isTuttiError(error) ? error.code : "INTERNAL",
          `Cannot remember how long steps took: ${messageOf(error)}`,
          {
            fix: "nothing: only predictions miss these attempts",
            cause: error,
          },
        ),
      );
    }
  }
}

function entryOf({ step, chosen, ...rest }: Note): HistoryEntry {
  return { ...rest, key: historyKey(step, chosen) };
}

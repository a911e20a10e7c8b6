import type { Memory, NotesAdded } from "../ports/memory.ts";
import type { Parts } from "./parts.ts";
import { findSummary } from "./runs.ts";
import { readState } from "./run-state.ts";

/** What runs leave for later ones. */
export interface SharedMemory extends Pick<Memory, "list" | "read" | "clear"> {
  /** Adds what steps of a run have learned, where that could not be kept at its time; by memory. */
  addFrom(run: string): Promise<readonly (NotesAdded & { readonly name: string })[]>;
}

export function sharedMemory(parts: Parts): SharedMemory {
  const { memories } = parts;
  return {
    list: () => memories.list(),
    read: (name, maxBytes) => memories.read(name, maxBytes),
    clear: (name) => memories.clear(name),
    addFrom: async (run) => {
      const { runId } = await findSummary(parts, run);
      const state = await readState(parts, runId);
      const added: (NotesAdded & { name: string })[] = [];
      for (const { address, written, outcome, plan, endedAt } of state.byAddress.values()) {
        const { action } = plan.step;
        const memory = "memory" in action ? action.memory : undefined;
        const texts = outcome?.learned ?? [];
        if (written?.trouble === undefined || !memory || texts.length === 0) continue;
        const { name, maxBytes } = memory;
        const at = endedAt ?? state.at;
        added.push({ name, ...(await memories.add(name, { texts, runId, address, at, maxBytes })) });
      }
      return added;
    },
  };
}

import { memoryOf, type MemoryRead, type MemoryWritten } from "./memory.ts";
import { nodeAt, type RunState } from "./state.ts";
import type { NodeState } from "./node.ts";

/** What a step that is verified has learned is owed to its memory; what an earlier life, or another run, learned is there. */
export function owe(state: RunState, node: NodeState, at: number): void {
  const { outcome, end, reused, address, plan } = node;
  if (!outcome?.learned || end !== "verified" || reused || outcome.cached) return;
  const memory = memoryOf(plan.step);
  if (!memory?.write) return;
  const { name, maxBytes } = memory;
  const texts = [...(state.unwritten.get(address)?.texts ?? []), ...outcome.learned];
  state.unwritten.set(address, { name, maxBytes, texts, at });
}

/** Its memory has it, or cannot have it. The step may be one of a round that is forgotten. */
export function applyWritten(state: RunState, address: string, written: MemoryWritten): void {
  state.unwritten.delete(address);
  const node = nodeAt(state, address);
  if (node) node.written = written;
}

/** What a step was told from its memory, what it has learned, and what became of that. */
export interface MemoryView {
  readonly read?: MemoryRead;
  readonly learned?: readonly string[];
  readonly written?: MemoryWritten;
}

export function memoryView({ memory: read, outcome, written }: NodeState): { readonly memory?: MemoryView } {
  const { learned } = outcome ?? {};
  if (!read && !learned && !written) return {};
  return {
    memory: { ...(read ? { read } : {}), ...(learned ? { learned } : {}), ...(written ? { written } : {}) },
  };
}

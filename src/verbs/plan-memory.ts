import { memoryOf } from "../core/memory.ts";
import type { Workflow } from "../language/workflow.ts";
import { placedSteps } from "./placed-steps.ts";

/** A memory, and the addresses of the steps that share it. */
export interface PlannedMemory {
  readonly name: string;
  /** Who is told what stands there. */
  readonly read: readonly string[];
  /** Whose learnings are added. */
  readonly written: readonly string[];
}

/** By name. */
export function memoryPlan(
  workflow: Workflow,
  isSkipped: (address: string) => boolean,
): { readonly memories?: readonly PlannedMemory[] } {
  const uses = placedSteps(workflow.chain).flatMap(({ address, step }) => {
    const memory = isSkipped(address) ? undefined : memoryOf(step);
    return memory ? [{ address, ...memory }] : [];
  });
  const memories = [...Map.groupBy(uses, ({ name }) => name)].map(([name, all]) => ({
    name,
    read: all.flatMap(({ address, read }) => (read ? [address] : [])),
    written: all.flatMap(({ address, write }) => (write ? [address] : [])),
  }));
  return memories.length > 0 ? { memories } : {};
}

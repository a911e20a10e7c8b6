import { join } from "node:path";
import type { Clock } from "../ports/clock.ts";
import type { Memory } from "../ports/memory.ts";
import { createMemoryFiles } from "./files.ts";
import { createKeptMemory } from "./kept.ts";

/** Memory in the state folder, or where nothing is to be written in this process. */
export function openMemory(
  writes: boolean,
  { stateDir, clock }: { readonly stateDir: string; readonly clock: Clock },
): Memory {
  return writes ? createMemoryFiles(join(stateDir, "memory")) : createKeptMemory({ now: () => clock.now() });
}

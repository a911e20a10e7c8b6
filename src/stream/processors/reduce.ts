import type { StreamRecord } from "../../ports/stream-store.ts";
import type { Processor } from "../processor.ts";
import type { DeadRecord } from "../sink.ts";
import { Gathering, type GatheringOptions } from "./gathering.ts";
import { deadBy } from "./record-scope.ts";
import type { WorkFor } from "./work.ts";

/**
 * Gathers records, and gives one for each group when its window closes: window by window, groups in the order in which they
 * appeared. What it gives depends on the records and their order only (and on the clock, where windows go by it): not on where
 * batches begin, nor on crashes.
 */
export function createReduce(what: WorkFor<"reduce">, options: GatheringOptions): Required<Processor> {
  const gathering = new Gathering(what, options);
  return {
    process: async ({ records }) => {
      const now = what.host.clock.now();
      const outputs: StreamRecord[] = [];
      const dead: DeadRecord[] = [];
      for (const [index, record] of records.entries()) {
        try {
          for (const output of gathering.gather(record, now)) outputs.push(output);
        } catch (error) {
          dead.push(deadBy(error, index));
        }
      }
      return { ok: true, outputs, filtered: 0, dead, values: gathering.unsaved() };
    },
    flush: (at, ended) => {
      const outputs = ended ? gathering.closeAll() : gathering.tick(at);
      return outputs.length === 0 ? undefined : { outputs, values: gathering.unsaved() };
    },
    dueAt: () => gathering.dueAt(),
  };
}

import { parseJson } from "../../expression/json.ts";
import type { JsonObject } from "../../expression/json.ts";
import { compileJsonTemplate } from "../../expression/template.ts";
import type { Processor } from "../processor.ts";
import { hostWork, processedOf } from "./outcome.ts";
import { unfilled } from "./record-scope.ts";
import type { WorkFor } from "./work.ts";

/**
 * Does each batch by a run of its own, whose output is what the stage gives. That run is the same after a crash: what it has
 * done is done once.
 */
export function createWorkflow({ stage, work, host }: WorkFor<"workflow">): Processor {
  const others = Object.entries(work.with).map(
    ([name, value]) => [name, compileJsonTemplate(value ?? null)] as const,
  );
  return {
    process: async (batch, signal) => {
      const records = batch.records.map(({ text }) => parseJson(text));
      let inputs: JsonObject;
      try {
        const rendered = others.map(([name, template]) => [name, template.render(host.scope)] as const);
        inputs = { ...Object.fromEntries(rendered), batch: records, record: records[0] ?? null };
      } catch (error) {
        return unfilled(error);
      }
      const outcome = await host.run(work.workflow, inputs, hostWork(stage, { batch, signal }));
      return processedOf(outcome, { batch, into: work.into });
    },
  };
}

import type { JsonObject } from "../../expression/json.ts";
import { compileJsonTemplate } from "../../expression/template.ts";
import type { Processor } from "../processor.ts";
import { hostWork, processedOf } from "./outcome.ts";
import { renderExact, scopeOf, unfilled } from "./record-scope.ts";
import { parseRecord, plainOf } from "./records.ts";
import type { WorkFor } from "./work.ts";

/**
 * Calls a function of the embedding program with its arguments, filled in for the batch, and `batch`. What it returns is what
 * the stage gives. A batch that is done again after a crash is told by nothing: a function is called at least once for each.
 */
export function createFunction({ stage, work, host }: WorkFor<"function">): Processor {
  const names = Object.keys(work.args);
  const templates = Object.values(work.args).map((value) => compileJsonTemplate(value ?? null));
  const argumentsFor = (texts: readonly string[]): JsonObject => {
    if (templates.length === 0) return {};
    const values = texts.map((text) => parseRecord(text));
    const scope = scopeOf(host.scope, { record: values[0] ?? null, batch: () => values });
    const rendered = templates.map((template) => plainOf(renderExact(template, scope)));
    return Object.fromEntries(names.map((name, index) => [name, rendered[index]]));
  };
  return {
    process: async (batch, signal) => {
      const texts = batch.records.map(({ text }) => text);
      let args: JsonObject;
      try {
        args = argumentsFor(texts);
      } catch (error) {
        return unfilled(error);
      }
      const request = { kind: "function", function: work.function, args, batch: texts } as const;
      const outcome = await host.perform(request, hostWork(stage, { batch, signal }));
      return processedOf(outcome, { batch, into: work.into });
    },
  };
}

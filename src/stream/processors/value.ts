import type { Scope } from "../../expression/expression.ts";
import { compileJsonTemplate } from "../../expression/template.ts";
import type { StageWork } from "../../language/pipeline.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";
import type { Processor } from "../processor.ts";
import type { DeadRecord } from "../sink.ts";
import { deadBy, renderExact, scopeOf } from "./record-scope.ts";
import { parseRecord, textOf } from "./records.ts";

/** Makes a new record of each; one of which it cannot be made is dead. Throws what `compileJsonTemplate` throws. */
export function createValue(
  { value }: Extract<StageWork, { readonly kind: "value" }>,
  outer: Scope,
): Processor {
  const template = compileJsonTemplate(value);
  return {
    process: async ({ records }) => {
      const values = records.map(({ text }) => parseRecord(text));
      const batch = () => values;
      const outputs: StreamRecord[] = [];
      const dead: DeadRecord[] = [];
      for (const [index, { no }] of records.entries()) {
        const scope = scopeOf(outer, { record: values[index] ?? null, batch });
        try {
          outputs.push({ no, text: textOf(renderExact(template, scope)) });
        } catch (error) {
          dead.push(deadBy(error, index));
        }
      }
      return { ok: true, outputs, filtered: 0, dead };
    },
  };
}

import { TuttiError } from "../../errors.ts";
import { compileExpression, type Scope } from "../../expression/expression.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";
import type { Apart } from "../processor.ts";
import type { DeadRecord } from "../sink.ts";
import { deadBy, scopeOf } from "./record-scope.ts";
import { parseRecord, textOf } from "./records.ts";

/** The records of a batch for which the condition of a stage holds; of the others those are dead for which it could not be decided. */
export interface Sifted {
  readonly kept: readonly StreamRecord[];
  /** Where each of `kept` stands in the batch. */
  readonly places: readonly number[];
  readonly apart: Apart;
}

export type Filter = (records: readonly StreamRecord[]) => Sifted;

/** `when`: CEL over `record` and the names of `scope`, true or false. Throws what `compileExpression` throws. */
export function createFilter(when: string, scope: Scope): Filter {
  const condition = compileExpression(when);
  const holds = ({ text }: StreamRecord): boolean => {
    const value = condition.evaluateExact(scopeOf(scope, { record: parseRecord(text) }));
    if (typeof value === "boolean") return value;
    throw new TuttiError(
      "EXPRESSION_FAILED",
      `Cannot decide when: "${when}" gave ${textOf(value)}, not true or false`,
      { fix: "compare the value with what you expect" },
    );
  };
  return (records) => {
    const kept: StreamRecord[] = [];
    const places: number[] = [];
    const filtered: number[] = [];
    const dead: DeadRecord[] = [];
    for (const [index, record] of records.entries()) {
      try {
        if (holds(record)) {
          kept.push(record);
          places.push(index);
        } else filtered.push(index);
      } catch (error) {
        dead.push(deadBy(error, index));
      }
    }
    return { kept, places, apart: { filtered, dead } };
  };
}

import { TuttiError } from "../../errors.ts";
import { compileExpression, type Scope } from "../../expression/expression.ts";
import type { Json } from "../../expression/json.ts";
import { excerpt } from "../../expression/places.ts";
import type { Aggregate, ReduceWork } from "../../language/pipeline.ts";
import { scopeOf } from "./record-scope.ts";
import { textOf } from "./records.ts";
import { refusalOf, type Total } from "./totals.ts";
import { timeOf } from "./windows.ts";

/** What is read of each record that is gathered. All throw a TuttiError for a record of which it cannot be read. */
export interface Readings {
  /** What it is grouped by. */
  by(record: Json): readonly Json[];
  /** The time that it says; absent: the clock's counts. */
  readonly at?: (record: Json) => number;
  /** What each aggregate takes of it. */
  values(record: Json, totals: readonly Total[]): readonly Json[];
}

/** Throws what `compileExpression` throws. */
export function compileReadings({ by, window, give }: ReduceWork, scope: Scope): Readings {
  const keys = Object.values(by).map((source) => compileExpression(source));
  const takers = Object.values(give).map((aggregate) => compileTaker(aggregate, scope));
  const at = window?.kind === "time" && window.at !== undefined ? compileTime(window.at, scope) : undefined;
  return {
    by: (record) => keys.map((key) => key.evaluateExact(scopeOf(scope, { record }))),
    values: (record, totals) => totals.map((total, index) => takers[index]?.(record, total) ?? null),
    ...(at && { at }),
  };
}

function compileTime(source: string, scope: Scope): (record: Json) => number {
  const time = compileExpression(source);
  return (record) => {
    const value = time.evaluateExact(scopeOf(scope, { record }));
    const at = timeOf(value);
    if (at === undefined) throw unfit(source, { value, reason: "is no time" });
    return at;
  };
}

type Taker = (record: Json, total: Total) => Json;

function compileTaker(aggregate: Aggregate, scope: Scope): Taker {
  switch (aggregate.kind) {
    case "count":
      return () => null;
    case "fold": {
      const step = compileExpression(aggregate.step);
      return (record, total) => {
        const inner = scopeOf(scope, { record });
        const sum = total.kind === "fold" ? total.value : null;
        return step.evaluateExact((root) => (root === "sum" ? sum : inner(root)));
      };
    }
    default: {
      const of = compileExpression(aggregate.of);
      return (record, total) => {
        const value = of.evaluateExact(scopeOf(scope, { record }));
        const reason = refusalOf(total, value);
        if (reason !== undefined) throw unfit(aggregate.of, { value, reason });
        return value;
      };
    }
  }
}

function unfit(
  source: string,
  { value, reason }: { readonly value: Json; readonly reason: string },
): TuttiError {
  return new TuttiError(
    "EXPRESSION_FAILED",
    `Cannot gather the record: "${excerpt(source)}" gave ${excerpt(textOf(value))}, which ${reason}`,
    { fix: "convert it, or leave such records out with `when`" },
  );
}

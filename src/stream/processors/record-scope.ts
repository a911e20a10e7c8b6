import { isTuttiError, messageOf } from "../../errors.ts";
import type { Scope } from "../../expression/expression.ts";
import type { Json } from "../../expression/json.ts";
import type { JsonTemplate } from "../../expression/template.ts";
import type { Processed } from "../processor.ts";
import type { DeadRecord } from "../sink.ts";

/** What an expression of a stage sees besides the run's data. */
export interface Seen {
  readonly record: Json;
  /** Made when it is asked for. */
  readonly batch?: () => Json;
}

export function scopeOf(outer: Scope, { record, batch }: Seen): Scope {
  return (root) => {
    if (root === "record") return record;
    return root === "batch" && batch ? batch() : outer(root);
  };
}

/** The value of a template, in which whole numbers of any size are exact. */
export function renderExact(template: JsonTemplate, scope: Scope): Json {
  return template.renderWith(template.expressions.map((expression) => expression.evaluateExact(scope)));
}

/** The record for which an expression failed; a bug is thrown on. */
export function deadBy(error: unknown, index: number): DeadRecord {
  if (!isTuttiError(error)) throw error;
  return { index, code: error.code, reason: messageOf(error) };
}

/** What the batch comes to when the texts of its stage cannot be filled in; a bug is thrown on. */
export function unfilled(error: unknown): Extract<Processed, { readonly ok: false }> {
  if (!isTuttiError(error)) throw error;
  const { code, fix } = error;
  return { ok: false, failure: { code, message: messageOf(error), fix, class: "permanent" } };
}

import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

/** Objects of the steps that hold other steps, and of those that ask people. */

export const flowShape = {
  what: "`flow`",
  leaves: {
    adaptive: leaf.flag,
    balance: leaf.flag,
    learning: leaf.flag,
    on_failure: leaf.onFailure,
    max_tries: leaf.positive,
  },
  parts: ["conditions"],
} as const satisfies Shape;

export const conditionShape = {
  what: "a condition",
  leaves: { if: leaf.looseText },
  parts: ["then", "else"],
} as const satisfies Shape;

export const switchShape = {
  what: "`switch`",
  leaves: {
    on: leaf.looseText,
    adaptive: leaf.flag,
    balance: leaf.flag,
    learning: leaf.flag,
    on_failure: leaf.onFailure,
    max_tries: leaf.positive,
  },
  parts: ["cases", "default"],
} as const satisfies Shape;

export const caseShape = {
  what: "a case",
  leaves: {
    when: leaf.looseText,
    is: leaf.literals,
    at_once: leaf.positive,
    gives: leaf.name,
    parallel_where_possible: leaf.flag,
  },
  parts: ["steps", "error_strategy"],
} as const satisfies Shape;

export const repeatShape = {
  what: "`repeat`",
  leaves: { until: leaf.looseText, max: leaf.positive, otherwise: leaf.otherwise },
  parts: ["plateau"],
} as const satisfies Shape;

export const plateauShape = {
  what: "`plateau`",
  leaves: { of: leaf.filledText, rounds: leaf.positive },
  parts: [],
} as const satisfies Shape;

export const forEachShape = {
  what: "`for_each`",
  leaves: { as: leaf.variable, key: leaf.filledText, concurrency: leaf.positive },
  parts: ["items"],
} as const satisfies Shape;

export const parallelShape = {
  what: "`parallel`",
  leaves: {},
  parts: ["join"],
} as const satisfies Shape;

export const joinShape = {
  what: "`join`",
  leaves: { quorum: leaf.positive },
  parts: [],
} as const satisfies Shape;

export const escalationShape = {
  what: "a level of `escalate`",
  leaves: { after: leaf.positiveDuration },
  parts: ["notify"],
} as const satisfies Shape;

export const notifyShape = {
  what: "`notify`",
  leaves: { webhook: leaf.filledText, command: leaf.filledText, file: leaf.filledText },
  parts: [],
} as const satisfies Shape;

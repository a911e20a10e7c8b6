import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

export const gateShape = {
  what: "a gate",
  leaves: {
    name: leaf.filledText,
    run: leaf.filledText,
    check: leaf.looseText,
    claim: leaf.filledText,
    level: leaf.level,
    retry: leaf.count,
    timeout: leaf.positiveDuration,
    human: leaf.filledText,
    approval: leaf.filledText,
    by: leaf.people,
    quorum: leaf.positive,
    deadline: leaf.positiveDuration,
  },
  parts: ["coverage", "files", "secrets", "schema", "judge", "duplication", "otherwise", "escalate"],
} as const satisfies Shape;

export const coverageShape = {
  what: "`coverage`",
  leaves: {
    file: leaf.filledText,
    format: leaf.coverageFormat,
    lines: leaf.percent,
    branches: leaf.percent,
    functions: leaf.percent,
    statements: leaf.percent,
  },
  parts: [],
} as const satisfies Shape;

export const filesShape = {
  what: "`files`",
  leaves: {
    changed: leaf.count,
    created: leaf.count,
    allow: leaf.globs,
    forbid: leaf.globs,
    require: leaf.globs,
  },
  parts: [],
} as const satisfies Shape;

export const secretsShape = {
  what: "`secrets`",
  leaves: { in: leaf.globs, allow: leaf.patterns },
  parts: [],
} as const satisfies Shape;

export const schemaGateShape = {
  what: "`schema`",
  leaves: { file: leaf.filledText, of: leaf.filledText },
  parts: ["is"],
} as const satisfies Shape;

export const judgeShape = {
  what: "`judge`",
  leaves: {
    criteria: leaf.criteria,
    prompt: leaf.filledText,
    threshold: leaf.percent,
    agent: leaf.filledText,
    model: leaf.filledText,
  },
  parts: [],
} as const satisfies Shape;

export const duplicationShape = {
  what: "`duplication`",
  leaves: { criterion: leaf.filledText, agent: leaf.filledText, model: leaf.filledText },
  parts: [],
} as const satisfies Shape;

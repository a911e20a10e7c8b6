import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

/** What goes into prompts. */

export const contextWindowShape = {
  what: "`context_window`",
  leaves: {
    budget: leaf.positiveTokens,
    keep: leaf.names,
    drop: leaf.names,
    window: leaf.positive,
    secrets: leaf.flag,
  },
  parts: ["summarize", "references"],
} as const satisfies Shape;

export const memoryShape = {
  what: "`memory`",
  leaves: { name: leaf.name, read: leaf.flag, write: leaf.flag, max: leaf.memoryBytes },
  parts: [],
} as const satisfies Shape;

export const summarizeShape = {
  what: "`summarize`",
  leaves: { over: leaf.positiveTokens, agent: leaf.filledText, model: leaf.filledText },
  parts: [],
} as const satisfies Shape;

export const referencesShape = {
  what: "`references`",
  leaves: { over: leaf.positiveTokens },
  parts: [],
} as const satisfies Shape;

import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

/** Objects of blackboards: of the block that has one, and of the steps that use it. */

export const blackboardShape = {
  what: "`blackboard`",
  leaves: {},
  parts: ["topics", "resolve"],
} as const satisfies Shape;

export const boardShape = {
  what: "`board`",
  leaves: { as: leaf.name, sees: leaf.boardNames, barrier: leaf.flag },
  parts: ["posts"],
} as const satisfies Shape;

export const postsShape = {
  what: "`posts`",
  leaves: { topic: leaf.name, key: leaf.filledText },
  parts: [],
} as const satisfies Shape;

import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

export const permissionsShape = {
  what: "`permissions`",
  leaves: { by: leaf.people, quorum: leaf.positive, deadline: leaf.positiveDuration },
  parts: ["otherwise", "escalate"],
} as const satisfies Shape;

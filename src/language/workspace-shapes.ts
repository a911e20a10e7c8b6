import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

export const workspaceShape = {
  what: "`workspace`",
  leaves: {
    mode: leaf.workspace,
    copy: leaf.ignorePatterns,
    ports: leaf.ports,
    env: leaf.plainTexts,
    commits: leaf.commits,
  },
  parts: ["install", "merge"],
} as const satisfies Shape;

export const installShape = {
  what: "`install`",
  leaves: { run: leaf.filledText, key: leaf.paths, keep: leaf.paths, timeout: leaf.positiveDuration },
  parts: [],
} as const satisfies Shape;

export const mergeShape = {
  what: "`merge`",
  leaves: { order: leaf.landingOrder, by: leaf.landingBy, conflicts: leaf.conflicts },
  parts: [],
} as const satisfies Shape;

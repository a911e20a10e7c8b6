import { buildPlan } from "../core/plan.ts";
import type { Workflow } from "../language/workflow.ts";
import { asciiGraph } from "./graph-ascii.ts";
import { dotGraph } from "./graph-dot.ts";
import { mermaidGraph } from "./graph-mermaid.ts";

export type GraphFormat = "mermaid" | "dot" | "ascii";

/**
 * The plan of a workflow as a picture in text: branches with their ways, loops with the way back, lists, joins; fallbacks
 * are dashed. Names are quoted for the format they stand in.
 */
export function graph(workflow: Workflow, format: GraphFormat): string {
  const { root } = buildPlan(workflow, { expectedMs: {} });
  switch (format) {
    case "mermaid":
      return mermaidGraph(root);
    case "dot":
      return dotGraph(root, workflow.name);
    case "ascii":
      return asciiGraph(root);
  }
}

import { buildPlan, type Block, type PlanNode } from "../core/plan.ts";
import type { Workflow } from "../language/workflow.ts";

export type GraphFormat = "mermaid" | "dot" | "ascii";

/** The plan of a workflow as a picture in text. Names are quoted for the format they stand in. */
export function graph(workflow: Workflow, format: GraphFormat): string {
  const { root } = buildPlan(workflow, { expectedMs: {} });
  switch (format) {
    case "mermaid":
      return `flowchart TD\n${mermaid(root, { prefix: "n", indent: "  " }).join("\n")}\n`;
    case "dot":
      return `digraph ${quoted(workflow.name)} {\n  rankdir=LR;\n  node [shape=box];\n${dot(root, { prefix: "", indent: "  " }).join("\n")}\n}\n`;
    case "ascii":
      return `${ascii(root, "").join("\n")}\n`;
  }
}

interface Place {
  readonly prefix: string;
  readonly indent: string;
}

function mermaid(block: Block, { prefix, indent }: Place): string[] {
  return block.nodes.flatMap((node) => {
    const id = `${prefix}_${node.index}`;
    const label = `"${node.step.name.replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", " ")}"`;
    const own = node.block
      ? [
          `${indent}subgraph ${id} [${label}]`,
          ...mermaid(node.block, { prefix: id, indent: `${indent}  ` }),
          `${indent}end`,
        ]
      : [`${indent}${id}[${label}]`];
    return [...own, ...node.needs.map((need) => `${indent}${prefix}_${need} --> ${id}`)];
  });
}

function dot(block: Block, { prefix, indent }: Place): string[] {
  return block.nodes.flatMap((node) => {
    const id = prefix + node.step.name;
    const label = `${indent}${quoted(id)} [label=${quoted(node.step.name)}${node.block ? ", style=bold" : ""}];`;
    const edges = node.needs.map(
      (need) => `${indent}${quoted(prefix + (block.nodes[need]?.step.name ?? ""))} -> ${quoted(id)};`,
    );
    const first = node.block ? dot(node.block, { prefix: `${id}/`, indent }) : [];
    const entries = node.block?.nodes.filter((child) => child.needs.length === 0) ?? [];
    const into = entries.map(
      (child) => `${indent}${quoted(id)} -> ${quoted(`${id}/${child.step.name}`)} [style=dashed];`,
    );
    return [label, ...edges, ...first, ...into];
  });
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
}

/** One line a step, level by level; what it waits for stands behind it. */
function ascii(block: Block, indent: string): string[] {
  const byName = new Map(block.nodes.map((node) => [node.step.name, node]));
  return block.schedule.levels.flatMap((level, at) => {
    const last = at === block.schedule.levels.length - 1;
    return level.flatMap((name, position) => {
      const node = byName.get(name);
      return node ? asciiNode(block, { node, indent, mark: markOf(level, position, last) }) : [];
    });
  });
}

function markOf(level: readonly string[], position: number, last: boolean): string {
  if (level.length === 1) return last ? "└─" : "├─";
  if (position === 0) return "├┬";
  return position === level.length - 1 ? "│└" : "│├";
}

function asciiNode(
  block: Block,
  { node, indent, mark }: { node: PlanNode; indent: string; mark: string },
): string[] {
  const needs = node.needs.map((index) => block.nodes[index]?.step.name ?? "");
  const behind = needs.length > 0 ? `   ← ${needs.join(", ")}` : "";
  const inner = node.block ? ascii(node.block, `${indent}   `) : [];
  return [`${indent}${mark} ${node.step.name} (${node.step.action.kind})${behind}`, ...inner];
}

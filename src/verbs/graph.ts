import { buildPlan, type Block, type PlanNode } from "../core/plan.ts";
import type { Workflow } from "../language/workflow.ts";
import { fallbacksOf } from "./fallbacks.ts";

export type GraphFormat = "mermaid" | "dot" | "ascii";

/** The plan of a workflow as a picture in text; fallbacks are dashed. Names are quoted for the format they stand in. */
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
  const lines = block.nodes.flatMap((node) => {
    const id = `${prefix}_${node.index}`;
    const label = `"${node.step.name.replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", " ")}"`;
    const own = node.block
      ? [
          `${indent}subgraph ${id} [${label}]`,
          ...mermaid(node.block, { prefix: id, indent: `${indent}  ` }),
          `${indent}end`,
        ]
      : [`${indent}${id}[${label}]`];
    const dashed = node.dormant ? [`${indent}style ${id} stroke-dasharray: 5 5`] : [];
    return [...own, ...dashed, ...node.needs.map((need) => `${indent}${prefix}_${need} --> ${id}`)];
  });
  const onFailure = fallbacksOf(block).flatMap(({ node, of }) =>
    of.map((failing) => `${indent}${prefix}_${failing.index} -. on failure .-> ${prefix}_${node.index}`),
  );
  return [...lines, ...onFailure];
}

function dot(block: Block, { prefix, indent }: Place): string[] {
  const idOf = (node: PlanNode | undefined) => quoted(prefix + (node?.step.name ?? ""));
  const lines = block.nodes.flatMap((node) => {
    const id = prefix + node.step.name;
    const edges = node.needs.map((need) => `${indent}${idOf(block.nodes[need])} -> ${quoted(id)};`);
    const first = node.block ? dot(node.block, { prefix: `${id}/`, indent }) : [];
    const entries = node.block?.nodes.filter((child) => child.needs.length === 0 && !child.dormant) ?? [];
    const into = entries.map(
      (child) => `${indent}${quoted(id)} -> ${quoted(`${id}/${child.step.name}`)} [style=dotted];`,
    );
    return [`${indent}${quoted(id)} [${dotLook(node)}];`, ...edges, ...first, ...into];
  });
  const onFailure = fallbacksOf(block).flatMap(({ node, of }) =>
    of.map((failing) => `${indent}${idOf(failing)} -> ${idOf(node)} [style=dashed, label="on failure"];`),
  );
  return [...lines, ...onFailure];
}

function dotLook({ step, block, dormant }: PlanNode): string {
  const styles = [...(block ? ["bold"] : []), ...(dormant ? ["dashed"] : [])];
  return `label=${quoted(step.name)}${styles.length === 0 ? "" : `, style=${quoted(styles.join(","))}`}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
}

/** A node on a line of its own, and what stands before it and before what lies in it. */
interface Line {
  readonly node: PlanNode;
  readonly behind: string;
  readonly mark: string;
  readonly below: string;
}

/** One line a step, level by level, then the fallbacks; what it waits for or stands in for is behind it. */
function ascii(block: Block, indent: string): string[] {
  return [...levelLines(block), ...fallbackLines(block)].flatMap(({ node, behind, mark, below }) => [
    `${indent}${mark} ${node.step.name} (${node.step.action.kind})${behind}`,
    ...(node.block ? ascii(node.block, `${indent}${below} `) : []),
  ]);
}

function levelLines(block: Block): Line[] {
  const byName = new Map(block.nodes.map((node) => [node.step.name, node]));
  const { levels } = block.schedule;
  const followed = fallbacksOf(block).length > 0;
  return levels.flatMap((level, at) => {
    const last = at === levels.length - 1 && !followed;
    return level.flatMap((name, position) => {
      const node = byName.get(name);
      return node ? [{ node, behind: needsText(block, node), ...marksOf(level, { position, last }) }] : [];
    });
  });
}

function needsText(block: Block, node: PlanNode): string {
  const needs = node.needs.map((index) => block.nodes[index]?.step.name ?? "");
  return needs.length > 0 ? `   ← ${needs.join(", ")}` : "";
}

/** The steps of one level hang on a branch of their own. */
function marksOf(
  level: readonly string[],
  { position, last }: { readonly position: number; readonly last: boolean },
): Pick<Line, "mark" | "below"> {
  const trunk = last ? " " : "│";
  if (level.length === 1) return { mark: last ? "└─" : "├─", below: `${trunk} ` };
  if (position === level.length - 1) return { mark: `${trunk}└`, below: `${trunk} ` };
  return { mark: position > 0 ? `${trunk}├` : last ? "└┬" : "├┬", below: `${trunk}│` };
}

function fallbackLines(block: Block): Line[] {
  const all = fallbacksOf(block);
  return all.map(({ node, of }, at) => {
    const names = of.map(({ step }) => step.name).join(", ");
    const last = at === all.length - 1;
    const behind = `   (fallback of ${names})${needsText(block, node)}`;
    return { node, behind, mark: last ? "└╌" : "├╌", below: last ? "  " : "│ " };
  });
}

import type { Block, PlanNode } from "../core/plan.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { aboutText, blockIn, firstOf, lastOf, mayTakeNone, waysOf } from "./graph-parts.ts";
import { placesOf } from "./graph-stages.ts";

/** A graph for Graphviz; what a node holds hangs on it by dotted edges. */
export function dotGraph(root: Block, name: string): string {
  const lines = blockLines(root, { prefix: "", indent: "  " });
  return `digraph ${quoted(name)} {\n  rankdir=LR;\n  node [shape=box];\n${lines.join("\n")}\n}\n`;
}

interface Place {
  readonly prefix: string;
  readonly indent: string;
}

function blockLines(block: Block, { prefix, indent }: Place): string[] {
  const idOf = (node: PlanNode | undefined) => quoted(prefix + (node?.step.name ?? ""));
  const lines = block.nodes.flatMap((node) => {
    const id = prefix + node.step.name;
    const edges = node.needs.flatMap((need) => edgesTo(id, { from: block.nodes[need], prefix }));
    return [
      `${indent}${quoted(id)} [${look(node)}];`,
      ...edges.map((edge) => `${indent}${edge}`),
      ...insideLines(node, { prefix: id, indent }),
    ];
  });
  const onFailure = fallbacksOf(block).flatMap(({ node, of }) =>
    of.map((failing) => `${indent}${idOf(failing)} -> ${idOf(node)} [style=dashed, label="on failure"];`),
  );
  return [...lines, ...onFailure];
}

/** What a node holds, with the edges into it. */
function insideLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  if (node.kind === "branch") return wayLines(node, { prefix: id, indent });
  const block = blockIn(node);
  if (!block) return placeLines(node, { prefix: id, indent });
  const inner = `${id}${partOf(node)}/`;
  const into = firstOf(block).map(
    ({ step }) => `${indent}${quoted(id)} -> ${quoted(inner + step.name)} [style=dotted];`,
  );
  const back = lastOf(block).map(
    ({ step }) =>
      `${indent}${quoted(inner + step.name)} -> ${quoted(id)} [style=dashed, constraint=false, label="next round"];`,
  );
  return [
    ...blockLines(block, { prefix: inner, indent }),
    ...into,
    ...(node.kind === "loop" ? back.slice(-1) : []),
  ];
}

/** The places of a pipeline, the source hanging on it. */
function placeLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  const idOf = (place: string) => quoted(`${id}/${place}`);
  return placesOf(node).flatMap(({ name, label, from }) => [
    `${indent}${idOf(name)} [label=${label === "" ? quoted(name) : `"${escaped(name)}\\n${escaped(label)}"`}, shape=ellipse];`,
    ...(from.length === 0 ? [`${indent}${quoted(id)} -> ${idOf(name)} [style=dotted];`] : []),
    ...from.map((before) => `${indent}${idOf(before)} -> ${idOf(name)};`),
  ]);
}

function wayLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  return waysOf(node).flatMap(({ name, label, block }) => {
    const inner = `${id}/${name}/`;
    const text = `label=${quoted(`${name}: ${label}`)}`;
    if (block.nodes.length === 0) {
      const nothing = quoted(`${id}/${name}`);
      return [
        `${indent}${nothing} [label="nothing", shape=plaintext];`,
        `${indent}${quoted(id)} -> ${nothing} [${text}];`,
      ];
    }
    const into = firstOf(block).map(
      ({ step }) => `${indent}${quoted(id)} -> ${quoted(inner + step.name)} [${text}];`,
    );
    return [...blockLines(block, { prefix: inner, indent }), ...into];
  });
}

function partOf({ kind }: PlanNode): string {
  if (kind === "loop") return "#";
  return kind === "each" ? "[]" : "";
}

/** The edges to a node from one that it needs: from what a branch ends with, whichever way it takes. */
function edgesTo(
  id: string,
  { from, prefix }: { readonly from: PlanNode | undefined; readonly prefix: string },
): string[] {
  if (!from) return [];
  const none = mayTakeNone(from)
    ? [`${quoted(prefix + from.step.name)} -> ${quoted(id)} [label="no way"];`]
    : [];
  return [...exitsOf(from, prefix).map((exit) => `${quoted(exit)} -> ${quoted(id)};`), ...none];
}

function exitsOf(node: PlanNode, prefix: string): readonly string[] {
  const id = prefix + node.step.name;
  if (node.kind !== "branch") return [id];
  return waysOf(node).flatMap(({ name, block }) =>
    block.nodes.length === 0
      ? [`${id}/${name}`]
      : lastOf(block).flatMap((last) => exitsOf(last, `${id}/${name}/`)),
  );
}

function look(node: PlanNode): string {
  const { step, kind, dormant } = node;
  const about = aboutText(node);
  const styles = [...(blockIn(node) ? ["bold"] : []), ...(dormant ? ["dashed"] : [])];
  return [
    `label=${about === "" ? quoted(step.name) : `"${escaped(step.name)}\\n${escaped(about)}"`}`,
    ...(kind === "branch" ? ["shape=diamond"] : []),
    ...(styles.length === 0 ? [] : [`style=${quoted(styles.join(","))}`]),
  ].join(", ");
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(/\s+/g, " ");
}

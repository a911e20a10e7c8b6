import type { Block, PlanNode } from "../core/plan.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { aboutText, blockIn, firstOf, lastOf, mayTakeNone, waysOf } from "./graph-parts.ts";
import { placesOf } from "./graph-stages.ts";

/** A flow chart; blocks are subgraphs, branches diamonds. */
export function mermaidGraph(root: Block): string {
  return `flowchart TD\n${blockLines(root, { prefix: "n", indent: "  " }).join("\n")}\n`;
}

interface Place {
  readonly prefix: string;
  readonly indent: string;
}

function blockLines(block: Block, { prefix, indent }: Place): string[] {
  const lines = block.nodes.flatMap((node) => {
    const id = `${prefix}_${node.index}`;
    const dashed = node.dormant ? [`${indent}style ${id} stroke-dasharray: 5 5`] : [];
    const into = node.needs.flatMap((need) => edgesFrom(block.nodes[need], `${prefix}_${need}`));
    return [
      ...nodeLines(node, { prefix: id, indent }),
      ...dashed,
      ...into.map((from) => `${indent}${from} ${id}`),
    ];
  });
  const onFailure = fallbacksOf(block).flatMap(({ node, of }) =>
    of.map((failing) => `${indent}${prefix}_${failing.index} -. on failure .-> ${prefix}_${node.index}`),
  );
  return [...lines, ...onFailure];
}

function nodeLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  const { name } = node.step;
  if (node.kind === "branch") return branchLines(node, { prefix: id, indent });
  const block = blockIn(node);
  if (!block) return placeLines(node, { prefix: id, indent });
  const about = aboutText(node);
  return [
    `${indent}subgraph ${id} [${label(about === "" ? name : `${name}: ${about}`)}]`,
    ...blockLines(block, { prefix: id, indent: `${indent}  ` }),
    ...(node.kind === "loop" ? backEdge(block, { prefix: id, indent: `${indent}  ` }) : []),
    `${indent}end`,
  ];
}

/** A pipeline is a subgraph of its places; any other step a box. */
function placeLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  const places = placesOf(node);
  const { name } = node.step;
  if (places.length === 0) return [`${indent}${id}[${label(name)}]`];
  const idOf = (place: string) => `${id}_${places.findIndex((one) => one.name === place)}`;
  const inner = places.flatMap((place) => [
    `${indent}  ${idOf(place.name)}[${label(place.label === "" ? place.name : `${place.name}: ${place.label}`)}]`,
    ...place.from.map((from) => `${indent}  ${idOf(from)} --> ${idOf(place.name)}`),
  ]);
  return [`${indent}subgraph ${id} [${label(name)}]`, ...inner, `${indent}end`];
}

function branchLines(node: PlanNode, { prefix: id, indent }: Place): string[] {
  const ways = waysOf(node).flatMap(({ name, label: condition, block }, index) => {
    const way = wayId(id, index);
    const inner = blockLines(block, { prefix: way, indent: `${indent}  ` });
    const drawn =
      inner.length === 0
        ? [`${indent}${way}([${label(`${name}: nothing`)}])`]
        : [`${indent}subgraph ${way} [${label(name)}]`, ...inner, `${indent}end`];
    return [...drawn, `${indent}${id} -->|${label(condition)}| ${way}`];
  });
  return [`${indent}${id}{${label(node.step.name)}}`, ...ways];
}

function wayId(id: string, index: number): string {
  return `${id}_w${index}`;
}

/** The beginnings of the edges to what comes after a node: after a branch, from each of its ways. */
function edgesFrom(node: PlanNode | undefined, id: string): readonly string[] {
  if (node?.kind !== "branch") return [`${id} -->`];
  const ways = waysOf(node).map((_, index) => `${wayId(id, index)} -->`);
  return mayTakeNone(node) ? [...ways, `${id} -->|"no way"|`] : ways;
}

function backEdge(block: Block, { prefix, indent }: Place): string[] {
  const [first] = firstOf(block);
  const last = lastOf(block).at(-1);
  // No edge can go from a subgraph to itself.
  if (!first || !last || (first === last && blockIn(first))) return [];
  return [`${indent}${prefix}_${last.index} -. next round .-> ${prefix}_${first.index}`];
}

/** Mermaid's own escapes; a backquote at the beginning would make it Markdown. */
function label(text: string): string {
  const inert = text
    .replaceAll("#", "#35;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll("`", "#96;")
    .replaceAll(/\s+/g, " ");
  return `"${inert}"`;
}

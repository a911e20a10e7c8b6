import type { Block, PlanNode } from "../core/plan.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { aboutText, blockIn, waysOf } from "./graph-parts.ts";
import { placesOf } from "./graph-stages.ts";

/** A tree of lines, one a step, level by level. */
export function asciiGraph(root: Block): string {
  return `${blockLines(root).join("\n")}\n`;
}

/** A node on a line of its own, and what stands before it and before what lies in it. */
interface Line {
  readonly node: PlanNode;
  readonly behind: string;
  readonly mark: string;
  readonly below: string;
}

/** One line a step, level by level, then the fallbacks; what it waits for or stands in for is behind it. */
function blockLines(block: Block): readonly string[] {
  return [...levelLines(block), ...fallbackLines(block)].flatMap(({ node, behind, mark, below }) => [
    `${mark} ${node.step.name} (${kindText(node)})${behind}`,
    ...insideLines(node).map((line) => `${below} ${line}`),
  ]);
}

function kindText(node: PlanNode): string {
  const { kind } = node.step.action;
  const about = oneLine(aboutText(node));
  if (kind === "each") return about;
  if (about === "") return kind;
  return about.startsWith("until") ? `${kind} ${about}` : `${kind}, ${about}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function insideLines(node: PlanNode): readonly string[] {
  if (node.kind === "branch") return wayLines(node);
  const block = blockIn(node);
  if (!block) return placeLines(node);
  return [...blockLines(block), ...(node.kind === "loop" ? ["↺ next round"] : [])];
}

/** One line a place of a pipeline; what it takes from stands behind it, where that is not the place before. */
function placeLines(node: PlanNode): readonly string[] {
  const places = placesOf(node);
  return places.map(({ name, label, from }, index) => {
    const before = places[index - 1]?.name;
    const isUsual = from.length === 0 || (from.length === 1 && from[0] === before);
    const behind = isUsual ? "" : `   ← ${from.join(", ")}`;
    const about = oneLine(label);
    return `${index === places.length - 1 ? "└─" : "├─"} ${name}${about === "" ? "" : ` (${about})`}${behind}`;
  });
}

function wayLines(node: PlanNode): readonly string[] {
  const ways = waysOf(node);
  return ways.flatMap(({ name, label, block }, index) => {
    const last = index === ways.length - 1;
    const nothing = block.nodes.length === 0 ? ", nothing to do" : "";
    return [
      `${last ? "└─" : "├─"} ${name}: ${oneLine(label)}${nothing}`,
      ...blockLines(block).map((line) => `${last ? "  " : "│ "} ${line}`),
    ];
  });
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

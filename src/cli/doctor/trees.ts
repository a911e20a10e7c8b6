import { isTuttiError } from "../../errors.ts";
import type { CaredTree, TreeCare, TreeView } from "../../verbs/tree-care.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { shortCommit } from "../render/rollback.ts";
import type { Shown } from "../render/out.ts";
import { countText, oneLine, statusWord } from "../render/words.ts";
import type { Check } from "./check.ts";

const name = "working trees";

/** The working trees of tutti's own: which are needed, and which could go. */
export async function treeChecks(tutti: Tutti): Promise<readonly Check[]> {
  try {
    return checksOf(await tutti.trees());
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return [{ name, result: "warn", found: error.message, fix: error.fix }];
  }
}

function checksOf(trees: readonly TreeView[]): readonly Check[] {
  if (trees.length === 0) return [{ name, result: "ok", found: "none" }];
  const over = trees.filter(({ over }) => over !== undefined);
  const used = trees.length - over.length;
  return [
    ...(used > 0 ? [{ name, result: "ok" as const, found: `${used} of runs that go on` }] : []),
    ...over.map(overCheck),
  ];
}

function overCheck(tree: TreeView): Check {
  const { unsaved, dir } = tree;
  const found = `${dir}: ${runText(tree)}`;
  if (unsaved.length === 0) return { name, result: "warn", found, fix: "take it away: tutti doctor --clean" };
  return {
    name,
    result: "warn",
    found: `${found}; in no checkpoint: ${someOf(unsaved)}`,
    fix: "keep that as a checkpoint, and take it away: tutti doctor --clean --save",
  };
}

const ends: Readonly<Record<NonNullable<TreeView["over"]>, string>> = {
  ended: "has ended",
  interrupted: "was interrupted",
  unknown: "is not known here",
};

function runText({ place, status, over = "ended" }: TreeView): string {
  const how = over === "ended" && status !== undefined ? ` (${statusWord(status)})` : "";
  const node = place.lane === "" ? "" : `, made for ${oneLine(place.lane)}`;
  return `run ${place.runId} ${ends[over]}${how}${node}`;
}

function someOf(files: readonly string[]): string {
  const some = files.slice(0, 3).map(oneLine).join(", ");
  return files.length > 3 ? `${some} and ${files.length - 3} more` : some;
}

/** What was done with each tree, and why one was kept. */
export function careLines({ trees, tidied }: TreeCare): readonly Shown[] {
  if (trees.length === 0 && tidied.length === 0) return ["nothing to take away"];
  return [...trees.flatMap(treeLines), ...tidied, `took away ${goneText(trees)}; checkpoints stay`];
}

function goneText(trees: readonly CaredTree[]): string {
  const gone = trees.filter(({ isGone }) => isGone).length;
  return `${countText(gone, "working tree")} of ${trees.length}`;
}

function stateText({ status, over }: CaredTree): string {
  if (over === "interrupted") return "interrupted";
  return status === undefined ? "not known here" : statusWord(status);
}

function treeLines(tree: CaredTree): readonly Shown[] {
  const { place, dir, isGone, saved, commits = [], why, fix } = tree;
  const run = `run ${place.runId}, ${stateText(tree)}`;
  const kept = saved === undefined ? "" : `; what was unsaved is checkpoint ${shortCommit(saved)}`;
  if (!isGone)
    return [
      [{ text: "kept", tone: "warn" }, ` ${dir} (${run}): ${why ?? ""}${kept}`],
      `     fix: ${fix ?? ""}`,
    ];
  return [
    [{ text: "gone", tone: "good" }, ` ${dir} (${run})${kept}`],
    ...(commits.length === 0
      ? []
      : [`     commits made there that were nowhere else: ${commits.join(", ")}`]),
  ];
}

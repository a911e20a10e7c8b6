import type { ConflictStrategy } from "../../language/workspace.ts";
import type { OwnTree, TreesPlan } from "../../verbs/plan-trees.ts";
import type { Shown } from "./out.ts";
import { namedText } from "./words.ts";

/** Where the steps work, what works in trees of its own, and how that comes together. */
export function treesLines(trees: TreesPlan | undefined): Shown[] {
  if (!trees) return [];
  const { mode, own, merge } = trees;
  const title: Shown = [{ text: "works in", bold: true }, `: ${places[mode]} (workspace: ${mode})`];
  if (own.length === 0) return ["", title];
  const order = merge.order === "finished" ? "when it is done" : "in the order of the file";
  const by = merge.by === "rebase" ? "as one commit after the others" : "as a merge";
  return [
    "",
    title,
    `  in trees of their own: ${namedText(own.map(ownText))}`,
    `  each lands ${order}, ${by}; lines that two changed: ${conflictsText(own)}`,
    ...undeclaredLines(own),
  ];
}

const places = {
  shared: "the project's folder, with checkpoints",
  run: "a working tree of the run's own",
  step: "a working tree of the run's own",
} as const;

function ownText({ address, of }: OwnTree): string {
  return of === "items" ? `${address}[] (each item)` : address;
}

const conflictTexts: Readonly<Record<ConflictStrategy, string>> = {
  agent: "an agent brings both together",
  human: "people bring both together",
  ours: "they stay as they are there",
  theirs: "they are as the one that lands has them",
  serialize: "the step is done again on what is there",
};

/** With names where not all are alike. */
function conflictsText(own: readonly OwnTree[]): string {
  const alike = [...Map.groupBy(own, ({ conflicts }) => conflicts)];
  return alike
    .map(([conflicts, trees]) => {
      const named = alike.length > 1 ? ` (${namedText(trees.map(ownText))})` : "";
      return conflictTexts[conflicts] + named;
    })
    .join("; ");
}

function undeclaredLines(own: readonly OwnTree[]): Shown[] {
  const meeting = own.filter(({ of, undeclared }) => undeclared && (own.length > 1 || of === "items"));
  const names = meeting.map(({ address }) => address);
  if (names.length === 0) return [];
  return [
    [
      {
        text: `  may meet, as they do not say what they write (\`writes:\`): ${namedText(names)}`,
        dim: true,
      },
    ],
  ];
}

import { expect, it } from "vitest";
import { defaultMerge } from "../../language/workspace.ts";
import type { TreesPlan } from "../../verbs/plan-trees.ts";
import type { Shown } from "./out.ts";
import { treesLines } from "./plan-trees.ts";

function text(trees: TreesPlan | undefined): readonly string[] {
  return treesLines(trees).map((line) => (typeof line === "string" ? line : line.map(partText).join("")));
}

function partText(part: Exclude<Shown, string>[number]): string {
  return typeof part === "string" ? part : part.text;
}

const trees: TreesPlan = { mode: "run", own: [], merge: defaultMerge };

it("a plan tells where steps work", () => {
  expect(text(undefined)).toEqual([]);
  expect(text(trees)).toEqual(["", "works in: a working tree of the run's own (workspace: run)"]);
  expect(text({ ...trees, mode: "shared" })).toEqual([
    "",
    "works in: the project's folder, with checkpoints (workspace: shared)",
  ]);
});

it("a plan tells which steps have trees of their own, and how what they did comes together", () => {
  const own = [
    { address: "p/a", of: "step", undeclared: true, conflicts: "agent" },
    { address: "l", of: "items", conflicts: "agent" },
  ] as const;
  expect(text({ ...trees, own }).slice(2)).toEqual([
    "  in trees of their own: p/a, l[] (each item)",
    "  each lands when it is done, as one commit after the others; lines that two changed: an agent brings both together",
    "  may meet, as they do not say what they write (`writes:`): p/a",
  ]);
  const others = [own[0], { ...own[1], conflicts: "serialize" }] as const;
  expect(text({ ...trees, own: others })[3]).toContain(
    "lines that two changed: an agent brings both together (p/a); the step is done again on what is there (l[] (each item))",
  );
  const merge = { order: "declared", by: "merge", conflicts: "human" } as const;
  expect(text({ ...trees, own: [{ ...own[0], conflicts: "human" }], merge }).slice(2)).toEqual([
    "  in trees of their own: p/a",
    "  each lands in the order of the file, as a merge; lines that two changed: people bring both together",
  ]);
});

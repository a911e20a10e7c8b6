import { expect, it } from "vitest";
import type { RollbackPreview } from "../../verbs/rollback.ts";
import type { Shown } from "./out.ts";
import { rollbackLines } from "./rollback.ts";

function text(line: Shown): string {
  if (typeof line === "string") return line;
  return line.map((part) => (typeof part === "string" ? part : part.text)).join("");
}

const preview: RollbackPreview = {
  runId: "r1",
  point: "checkpoint 2",
  where: "nowhere",
  files: [],
  pending: ["all/a/one", "after"],
  done: [],
  unlanded: ["all/a/one", "all/b/one"],
  kept: 1,
  outside: [],
};

it("what was done by then and is done again all the same is told by itself", () => {
  expect(rollbackLines(preview, { partial: false }).map(text)).toEqual([
    "run r1 to checkpoint 2",
    "files stay as they are",
    "1 step to be done again: after",
    "and again, because their lane had not landed: all/a/one, all/b/one",
  ]);
});

import { expect, it } from "vitest";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";
import { treesOf } from "./run-trees.ts";

type Suits = Parts["workspaces"]["suits"];

async function fixes(suits: Suits): Promise<readonly unknown[]> {
  const parts = { workspaces: { suits } } as unknown as Parts;
  const state = { runId: "r1", trees: undefined, parent: undefined };
  const refusals = [{ what: "roll it back" }, { what: "land it", lands: true } as const].map((wanted) =>
    treesOf(parts, state, wanted).catch((error: unknown) => error),
  );
  return (await Promise.all(refusals)).map((error) =>
    isTuttiError(error, "CHECKPOINT_UNKNOWN") ? error.fix : error,
  );
}

const rewind = "take its steps back without files: tutti rewind r1 --to NODE; ";
const there = "what it did is in the project's folder already; ";
const next = 'the next run can land with "workspace: run"';
const inRepository = [
  `${rewind}the next run keeps checkpoints with "workspace: run"`,
  `${there}commit it with git; ${next}`,
];
const landing = `${there}only in a git repository is there a branch to land on: git init, and a first commit; then ${next}`;

it("a run without checkpoints is refused with the workspace that has them where the project is", async () => {
  expect(await fixes(async () => "run")).toEqual(inRepository);
  expect(await fixes(async () => "shared")).toEqual([
    `${rewind}the next run keeps checkpoints with "workspace: shared"`,
    landing,
  ]);
  expect(await fixes(async () => undefined)).toEqual([
    `${rewind}checkpoints need git, and a folder that is a project's`,
    landing,
  ]);
});

it("a run without checkpoints is refused for that, whatever is wrong with the repository", async () => {
  const unfit = new TuttiError("WORKSPACE_UNFIT", "Cannot use it", { fix: "mend it" });
  expect(await fixes(() => Promise.reject(unfit))).toEqual(inRepository);
  const broken = new Error("broken");
  expect(await fixes(() => Promise.reject(broken))).toEqual([broken, broken]);
});

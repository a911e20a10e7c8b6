import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type Files,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";
import { createGit, type Git } from "./git.ts";
import { markMerge } from "./marks.ts";
import { mergeTrees } from "./merge.ts";
import { entriesOf } from "./tree-edit.ts";

const signal = new AbortController().signal;
const names = { ours: "in the run", theirs: "from a/b", id: "tutti 0123456789ab", prefix: "" };
let repository: ScratchRepository;
let git: Git;

beforeEach(() => {
  repository = scratchRepository();
  git = createGit({ env: plainGit, cwd: repository.dir });
});
afterEach(() => repository.remove());

it("leaves of a submodule that both moved the one there, and says the other in a file beside", async () => {
  const link = (commit: string, parents: readonly string[]): string => {
    const tree = [
      `100644 blob ${repository.git("hash-object", "-w", "/dev/null")}\tk`,
      `160000 commit ${commit}\tsub`,
    ];
    const made = execFileSync("git", ["mktree", "--missing"], {
      cwd: repository.dir,
      env: plainGit,
      input: `${tree.join("\n")}\n`,
      encoding: "utf8",
    });
    return repository.git(
      "commit-tree",
      made.trim(),
      ...parents.flatMap((parent) => ["-p", parent]),
      "-m",
      "link",
    );
  };
  const ids = ["1", "2", "3"].map((digit) => digit.repeat(40));
  const base = link(ids[0] ?? "", []);
  const request = { base, ours: link(ids[1] ?? "", [base]), theirs: link(ids[2] ?? "", [base]) };
  const { tree } = await markMerge(git, await mergeTrees(git, request, signal), names, signal);
  const found = (await entriesOf(git, tree, signal)).map(({ mode, path }) => `${mode} ${path}`);
  expect(found).toEqual(["100644 k", "160000 sub", "100644 sub~tutti 0123456789ab-theirs"]);
  expect(repository.git("cat-file", "blob", `${tree}:sub~tutti 0123456789ab-theirs`)).toBe(
    `Subproject commit ${ids[2]}`,
  );
});

it("says of a file that only one has that it lies beside, and of one that both have which is which", async () => {
  const base = repository.loose("base", { parents: [], files: { "app/bin": "\0a", "app/gone": "1\n" } });
  const side = (files: Files): string => repository.loose("side", { parents: [base], files });
  const ours = side({ "app/bin": "\0b", "app/gone": null });
  const theirs = side({ "app/bin": "\0c", "app/gone": "2\n" });
  const merge = await mergeTrees(git, { base, ours, theirs }, signal);
  const { tree, excerpts } = await markMerge(git, merge, { ...names, prefix: "app" }, signal);
  const beside = (path: string): string => `${path}~tutti 0123456789ab-theirs`;
  const paths = ["app/bin", beside("app/bin"), beside("app/gone")];
  expect((await entriesOf(git, tree, signal)).map(({ path }) => path)).toEqual(paths);
  expect(paths.map((path) => repository.git("cat-file", "blob", `${tree}:${path}`))).toEqual([
    "\0b",
    "\0c",
    "2",
  ]);
  expect(excerpts.get("app/bin")).toBe(
    `in the run: "bin"\nfrom a/b: "${beside("bin")}"\n` +
      `Put what is right at "bin", or nothing when it is to go; then delete "${beside("bin")}".`,
  );
  expect(excerpts.get("app/gone")).toMatch(`in the run: nothing\nfrom a/b: "${beside("gone")}"\n`);
});

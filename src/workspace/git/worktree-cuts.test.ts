import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signal, treeEnv } from "../../../test/tree-scene.ts";
import { gitIn, gitProject, scratchFolder } from "../../testing/git-project.ts";
import { startProgram } from "../../testing/testbed.ts";
import { findRepository } from "./repository.ts";
import { dropTree, isHalf, makeTree } from "./worktree.ts";

const git = execFileSync("which", ["git"], { encoding: "utf8" }).trim();

/** A git that kills who called it at its n-th call: before it does anything, in the middle of it, or after. */
function killingGit({ at, when }: { readonly at: number; readonly when: string }): string {
  const folder = scratchFolder();
  const count = join(folder, "count");
  writeFileSync(count, "");
  const script = `#!/bin/sh
printf x >> '${count}'
n=$(wc -c < '${count}')
if [ "$n" -ne ${at} ]; then exec '${git}' "$@"; fi
case '${when}' in
before) kill -9 $PPID ;;
during*) '${git}' "$@" & sleep 0.00${when.slice(-1)}; kill -9 $PPID $! ;;
after) '${git}' "$@"; kill -9 $PPID ;;
esac
`;
  writeFileSync(join(folder, "git"), script);
  chmodSync(join(folder, "git"), 0o755);
  return folder;
}

/** Does it in a process of its own whose git is that one; true when it came to its end. */
async function cut(
  job: "make" | "drop",
  { root, dir, commit, bin }: { root: string; dir: string; commit: string; bin: string },
): Promise<boolean> {
  const href = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const env = { ...treeEnv, PATH: `${bin}:${treeEnv.PATH}` };
  const program = startProgram(`
    import { findRepository } from ${href("repository.ts")};
    import { dropTree, makeTree } from ${href("worktree.ts")};
    const signal = new AbortController().signal;
    process.env.PATH = ${JSON.stringify(env.PATH)};
    const env = ${JSON.stringify(env)};
    const repository = await findRepository({ projectDir: ${JSON.stringify(root)}, env }, signal);
    const dir = ${JSON.stringify(dir)};
    if (${job === "make"}) await makeTree(repository, { dir, commit: ${JSON.stringify(commit)} }, signal);
    else await dropTree(repository, dir);
    console.log("done");
  `);
  return program.line("done").then(
    () => true,
    () => false,
  );
}

/** Files of what is left there; but for an empty lock, which is all that git may have written before it was killed. */
function restsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !file.endsWith("locked") || readFileSync(file, "utf8") !== "");
}

it("takes away what git left that was killed at once, when it is old enough", async () => {
  const project = gitProject({ "a.txt": "a\n" });
  const repository = await findRepository({ projectDir: project.dir, env: treeEnv }, signal);
  if (!repository) throw new Error("no repository");
  const folder = join(project.dir, ".git", "worktrees");
  for (const name of ["run", "run1", "young", "other"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "run1", "locked"), "");
  writeFileSync(join(folder, "other", "locked"), "somebody else");
  for (const name of ["run", "run1", "other"]) utimesSync(join(folder, name), 1000, 1000);
  await dropTree(repository, join(project.dir, ".tutti", "worktrees", "r1", "run"));
  expect(readdirSync(folder).sort()).toEqual(["other", "young"]);
});

it.each(["before", "during 1", "during 3", "during 6", "after"])(
  "a tree whose making was killed %s any call of git is whole the next time",
  async (when) => {
    const project = gitProject({ "a.txt": "a\n", "deep/b.txt": "b\n" });
    const commit = project.git("rev-parse", "HEAD");
    const refs = project.git("for-each-ref");
    for (let at = 1; ; at += 1) {
      const dir = join(project.dir, ".tutti", "worktrees", `r${at}`, "run");
      const isDone = await cut("make", { root: project.dir, dir, commit, bin: killingGit({ at, when }) });
      const repository = await findRepository({ projectDir: project.dir, env: treeEnv }, signal);
      if (!repository) throw new Error("no repository");
      await makeTree(repository, { dir, commit }, signal);
      expect(gitIn(dir)("status", "--porcelain")).toBe("");
      expect(readFileSync(join(dir, "deep/b.txt"), "utf8")).toBe("b\n");
      expect([isHalf(dir), existsSync(`${dir}.index`)]).toEqual([false, true]);
      const listed = project.git("worktree", "list", "--porcelain").split("\n");
      expect(listed.filter((line) => line === `worktree ${dir}`)).toHaveLength(1);
      await dropTree(repository, dir);
      expect(restsIn(join(project.dir, ".git", "worktrees"))).toEqual([]);
      if (isDone) break;
      expect(at).toBeLessThan(20);
    }
    expect(project.git("fsck", "--strict")).toBe("");
    expect([project.git("for-each-ref"), project.git("status", "--porcelain")]).toEqual([refs, ""]);
  },
);

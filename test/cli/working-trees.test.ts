import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = `name: flow
workspace:
  mode: run
  copy: ["*.key"]
  install: {run: "mkdir -p deps && echo dep > deps/x", key: [lock], keep: [deps]}
  ports: 2
  env: {KIND: tree}
chain:
  steps:
    - {name: one, run: "cat .env a.key deps/x; echo $KIND $((TUTTI_PORT_2 - TUTTI_PORT)) > one.txt", writes: [one.txt]}
    - {name: two, run: "cat one.txt; test ! -e fail", writes: []}
`;

/** A project in a repository, with what git ignores. */
function project(files: Readonly<Record<string, string>> = {}): Project {
  const made = new Project({
    "flow.yaml": flow,
    ".gitignore": ".env\n*.key\ndeps/\n.tutti/\n",
    ".worktreeinclude": ".env\n",
    ".env": "A=1\n",
    "a.key": "secret\n",
    lock: "1\n",
    ...files,
  });
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: made.dir, stdio: "ignore" });
  git("init", "-q");
  git("add", "-A");
  git("-c", "user.name=U", "-c", "user.email=u@example.org", "commit", "-qm", "first");
  return made;
}

/** Folders of the trees that are there. */
function treesOf(made: Project): readonly string[] {
  const folder = made.path(".tutti/worktrees");
  const runs = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  return runs.map((run) => join(folder, run, "run")).filter((dir) => existsSync(dir));
}

it("a run works in a tree that was made ready, which goes when it is completed", async () => {
  const made = project();
  const { status, stdout } = await made.call(["run", "flow.yaml"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("2 verified")]);
  const { stdout: printed } = await made.call(["logs", "@last", "one"]);
  expect(printed).toContain("copied from the project: .env, a.key\n");
  expect(printed).toContain("A=1\nsecret\ndep\n");
  expect((await made.call(["logs", "@last", "two"])).stdout).toContain("tree 1\n");
  expect([treesOf(made), existsSync(made.path("one.txt"))]).toEqual([[], false]);
  expect(readFileSync(made.path(".tutti/ports.json"), "utf8")).toBe("[]\n");
  await made.call(["run", "flow.yaml"]);
  const again = await made.call(["logs", "@last", "one"]);
  expect(again.stdout).toContain("installed: deps from an earlier tree with the same key\n");
});

it("doctor lists trees of runs that are over, takes them away, and keeps what is unsaved until it is told to save it", async () => {
  const made = project({ fail: "" });
  expect((await made.call(["run", "flow.yaml"])).status).toBe(1);
  const [dir = ""] = treesOf(made);
  const before = await made.call(["doctor"]);
  expect(before.stdout).toMatch(
    /working trees +\/.*\/run: run \w+ has ended \(failed\)\n +fix: take it away: /,
  );
  writeFileSync(join(dir, "by-hand.txt"), "mine\n");
  const kept = await made.call(["doctor", "--clean"]);
  expect(kept.stdout).toContain(
    "in no checkpoint is by-hand.txt\n     fix: keep it as a checkpoint first: tutti doctor --clean --save\n",
  );
  expect(treesOf(made)).toEqual([dir]);
  const { values } = await made.json(["doctor", "--clean", "--save"]);
  expect(values).toMatchObject([{ cleaned: { trees: [{ dir, isGone: true, status: "failed" }] } }]);
  expect(treesOf(made)).toEqual([]);
  expect((await made.call(["checkpoints", "@last"])).stdout).toContain("kept before its tree was taken away");
  expect((await made.call(["doctor", "--clean"])).stdout).toContain("nothing to take away\n");
  expect((await made.call(["doctor"])).stdout).toMatch(/ok +working trees +none\n/);
});

it("an install that fails ends the step before anybody works, with what it printed and what to do", async () => {
  const made = project();
  made.write({ "flow.yaml": flow.replace(/install: .*/, 'install: "echo no such package >&2; exit 9"') });
  const { status, stderr } = await made.call(["run", "flow.yaml"]);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /WORKSPACE_NOT_READY: Cannot make the working tree ".*" ready: the install "echo no such/,
  );
  expect(stderr).toMatch(/ended with exit status 9:\s+no such package\n/);
  expect(stderr).toMatch(/fix: try it in \/.*\/run, then go on with tutti resume\n/);
  made.write({ "flow.yaml": flow });
  expect((await made.call(["resume", "@last", "--update"])).stdout).toContain("2 verified");
});

it("--save alone is a mistake", async () => {
  const { status, stderr } = await project().call(["doctor", "--save"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("fix: tutti doctor --clean --save\n")]);
});

const many = `name: many
workspace: run
chain:
  - name: each
    for_each: {items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], as: it, concurrency: 2}
    steps:
      - {name: w, run: 'ls -d "$PWD"/../*/ | wc -l > n\${{ it }}; test \${{ it }} != 12', writes: ["n*"], retry: 0}
`;

it("the tree of a lane that has landed goes while the run goes on, that of one that failed stays", async () => {
  const made = project({ "many.yaml": many });
  expect((await made.call(["run", "many.yaml"])).status).toBe(1);
  const [run = ""] = treesOf(made);
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: made.dir, encoding: "utf8" });
  const counts = Array.from({ length: 11 }, (_, n) => Number(readFileSync(join(run, `n${n + 1}`), "utf8")));
  // that of the run, two at work, and what is about to go
  expect(Math.max(...counts)).toBeLessThanOrEqual(6);
  const left = git("worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));
  expect(left.slice(1)).toEqual(
    expect.arrayContaining([`worktree ${run}`, expect.stringContaining("each-11-w")]),
  );
  expect(left).toHaveLength(3);
  expect(git("for-each-ref", "refs/tutti").match(/\/lanes\//g)).toHaveLength(12);
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signal, treeEnv } from "../../../test/tree-scene.ts";
import type { TreeSetup } from "../../language/workspace.ts";
import type { Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { gitProject } from "../../testing/git-project.ts";

const note = { kind: "WORKFLOW-STEP", what: "completed" } as const;

function installing(line: string, more: TreeSetup = {}): TreeSetup {
  return { ...more, install: { line, key: [], keep: [] } };
}

function scene() {
  const made = gitProject({ "a.txt": "a\n", ".gitignore": "*.log\n.tutti\n" });
  const said: string[] = [];
  const driver = () => gitDriver(made.dir, { env: treeEnv });
  const one = driver();
  const open = async (lane: string, setup: TreeSetup, by = one): Promise<Workspace> => {
    const { commit: from } = await by.base({ runId: "r1", name: "w", mode: "run", setup }, signal);
    const place = { runId: "r1", lane };
    return by.open({ mode: "run", place, from, setup, print: (line) => void said.push(line) }, signal);
  };
  return { ...made, one, driver, open, said };
}

it("what an install does to files that git does not ignore is put back, and kept as a checkpoint", async () => {
  const made = scene();
  writeFileSync(join(made.dir, "kept.log"), "copied\n");
  const line = "echo b >> a.txt; for n in 1 2 3; do echo $n > n$n.txt; done; echo x > own.log";
  const tree = await made.open("", installing(line, { copy: ["kept.log"] }));
  const text = (name: string) => readFileSync(join(tree.cwd, name), "utf8");
  expect([text("a.txt"), text("own.log"), text("kept.log")]).toEqual(["a\n", "x\n", "copied\n"]);
  expect(existsSync(join(tree.cwd, "n1.txt"))).toBe(false);
  expect(made.said).toContain(
    "put back what the install did to a.txt, n1.txt, n2.txt and 1 more: name in .gitignore what the tree needs of it",
  );
  const kept = await made.one.list({ runId: "r1" }, signal);
  expect(kept.map(({ title }) => title)).toEqual([
    expect.stringContaining("PRE-WORKFLOW") as string,
    expect.stringContaining("left by the install") as string,
    expect.stringContaining("put back") as string,
  ]);
  expect(made.git("show", `${kept[1]?.commit}:a.txt`)).toBe("a\nb");
  // The first who works there finds nothing.
  const begun = await tree.begin({ effectId: "e", from: kept[0]?.commit ?? "" }, signal);
  expect(begun.found).toBeUndefined();
  writeFileSync(join(tree.cwd, "b.txt"), "b\n");
  expect(await tree.save(note, signal)).toMatchObject({ files: ["b.txt"], number: 3 });
});

it("also what git ignores only by what the install itself wrote", async () => {
  const made = scene();
  const tree = await made.open("", installing("echo '*.tmp' >> .gitignore; echo x > x.tmp"));
  expect(readFileSync(join(tree.cwd, ".gitignore"), "utf8")).toBe("*.log\n.tutti\n");
  expect(existsSync(join(tree.cwd, "x.tmp"))).toBe(false);
  expect((await tree.save(note, signal)).files).toEqual([]);
});

it("a repository that the install made stays, and that is said", async () => {
  const made = scene();
  const who = "-c user.name=x -c user.email=x@localhost";
  const line = `echo y > y.txt; git init -q inner && git ${who} -C inner commit -q --allow-empty -m x`;
  const tree = await made.open("", installing(line));
  expect(existsSync(join(tree.cwd, "inner/.git"))).toBe(true);
  expect(made.said.slice(-2)).toEqual([
    "not put back, and in no checkpoint, as it is a repository of its own: inner",
    "put back what the install did to y.txt: name in .gitignore what the tree needs of it",
  ]);
});

it("what somebody left in a tree that is installed in anew stays", async () => {
  const made = scene();
  const tree = await made.open("", installing("echo 1 > one.txt"));
  writeFileSync(join(tree.cwd, "mine.txt"), "mine\n");
  await made.open("", installing("echo 2 > two.txt"));
  expect(existsSync(join(tree.cwd, "mine.txt"))).toBe(true);
  await tree.save(note, signal);
  await made.open("", installing("echo 3 > three.txt"));
  expect(existsSync(join(tree.cwd, "three.txt"))).toBe(false);
  expect(existsSync(join(tree.cwd, "mine.txt"))).toBe(true);
});

it("an install that failed is put back once it is done", async () => {
  const made = scene();
  const go = join(made.dir, ".tutti", "go");
  const setup = installing('echo x >> a.txt; mkdir -p sub; echo y > sub/y.txt; test -e "$GO"', {
    env: { GO: go },
  });
  await expect(made.open("", setup)).rejects.toMatchObject({ code: "WORKSPACE_NOT_READY" });
  writeFileSync(go, "");
  const tree = await made.open("", setup, made.driver());
  expect(readFileSync(join(tree.cwd, "a.txt"), "utf8")).toBe("a\n");
  expect(existsSync(join(tree.cwd, "sub"))).toBe(false);
});

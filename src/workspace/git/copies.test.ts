import { existsSync, lstatSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { treeScene } from "../../../test/tree-scene.ts";
import { gitIn, scratchFolder } from "../../testing/git-project.ts";

it("copies what git ignores and .worktreeinclude names, and nothing else", async () => {
  const made = treeScene(
    {
      ".gitignore": ".env*\n*.log\n/secrets/\n",
      ".worktreeinclude": ".env*\n!.env.old\nsecrets/\nnotes.txt\nsrc.ts\n",
      "src.ts": "1\n",
    },
    {
      ".env": "A=1\n",
      ".env.old": "",
      "deep/.env.local": "B=2\n",
      "secrets/a/key": "k\n",
      "x.log": "",
      "notes.txt": "untracked\n",
      "src.ts": "2\n",
    },
  );
  await made.ready({});
  expect(made.textIn(".env")).toBe("A=1\n");
  expect(made.textIn("deep/.env.local")).toBe("B=2\n");
  expect(made.textIn("secrets/a/key")).toBe("k\n");
  expect(["notes.txt", "x.log", ".env.old"].filter((name) => made.isIn(name))).toEqual([]);
  expect(made.textIn("src.ts")).toBe("1\n");
  expect(gitIn(made.files("").dir)("status", "--porcelain")).toBe("");
  expect(made.said).toEqual(["copied from the project: .env, deep/.env.local, secrets/a/key"]);
});

it("reads `copy` from the project's folder, which may lie below the repository's root", async () => {
  const made = treeScene(
    { ".gitignore": "*.env\nout/\n", "app [1]/a": "" },
    {
      "x.env": "",
      "app [1]/x.env": "",
      "app [1]/deep/y.env": "",
      "app [1]/out/z": "",
      "out/z": "",
      "app [1]/conf/out/w": "",
    },
    "app [1]",
  );
  await made.ready({ copy: ["*.env", "/out/", "!y.env"] });
  expect(made.isIn("app [1]/x.env") && made.isIn("app [1]/out/z")).toBe(true);
  expect(
    ["x.env", "out/z", "app [1]/conf/out/w", "app [1]/deep/y.env"].filter((name) => made.isIn(name)),
  ).toEqual([]);
});

it("never copies tutti's own things, or those of git", async () => {
  const made = treeScene(
    { ".gitignore": "*\n!.gitignore\n" },
    { ".tutti/tutti.db": "", x: "", "nested/.tutti/y": "" },
  );
  await made.ready({ copy: ["*"] });
  expect(made.said).toEqual(["copied from the project: x"]);
});

it("copies files of hostile names", async () => {
  const names = ["a\nb.env", "-x.env", "ü €.env", '"q".env', " .env", "*.env"];
  const made = treeScene({ ".gitignore": "*.env\n" }, Object.fromEntries(names.map((name) => [name, name])));
  await made.ready({ copy: ["*.env"] });
  for (const name of names) expect(made.textIn(name)).toBe(name);
  expect(made.said).toHaveLength(1);
  expect(made.said[0]).toContain(String.raw`"a\nb.env"`);
});

it("says of a name that is no text that it is left out", async () => {
  const made = treeScene({ ".gitignore": "*.env\n" });
  writeFileSync(Buffer.concat([Buffer.from(`${made.dir}/`), Buffer.from([0xff]), Buffer.from(".env")]), "");
  await made.ready({ copy: ["*.env"] });
  expect(made.said).toEqual(["not copied: \uFFFD.env: its name is not UTF-8"]);
});

it("a link inside the project leads to the same in the tree, or becomes what it leads to", async () => {
  const made = treeScene(
    { ".gitignore": "*.env\nlinked\n/data/\n", "tracked.txt": "t\n", "lib/a": "" },
    { "real/plain.txt": "untracked\n", "data/x": "data\n" },
  );
  symlinkSync("tracked.txt", join(made.dir, "a.env"));
  symlinkSync("real/plain.txt", join(made.dir, "b.env"));
  symlinkSync(join(made.dir, "tracked.txt"), join(made.dir, "c.env"));
  symlinkSync("../data", join(made.dir, "lib", "linked"));
  await made.ready({ copy: ["*.env", "linked"] });
  const at = (name: string) => join(made.files("").dir, name);
  expect(readlinkSync(at("a.env"))).toBe("tracked.txt");
  expect([made.textIn("b.env"), lstatSync(at("b.env")).isFile()]).toEqual(["untracked\n", true]);
  expect([made.textIn("c.env"), lstatSync(at("c.env")).isFile()]).toEqual(["t\n", true]);
  expect([made.textIn("lib/linked/x"), lstatSync(at("lib/linked")).isDirectory()]).toEqual(["data\n", true]);
});

it("a link out of the project, into tutti's things, to nowhere or in a circle is left out and told", async () => {
  const outside = scratchFolder();
  writeFileSync(join(outside, "secret"), "s\n");
  const made = treeScene({ ".gitignore": "*.env\n" }, { ".tutti/x": "", "sub/y.txt": "" });
  symlinkSync(join(outside, "secret"), join(made.dir, "out.env"));
  symlinkSync(".tutti", join(made.dir, "state.env"));
  symlinkSync("nothing", join(made.dir, "gone.env"));
  symlinkSync(made.dir, join(made.dir, "sub", "up.env"));
  symlinkSync(outside, join(made.dir, "sub", "inner"));
  symlinkSync(join(made.dir, "sub"), join(made.dir, "folder.env"));
  await made.ready({ copy: ["*.env"] });
  expect(["out.env", "state.env", "gone.env", "sub/up.env"].filter((name) => made.isIn(name))).toEqual([]);
  expect(made.isIn("folder.env/y.txt")).toBe(true);
  expect(made.isIn("folder.env/inner")).toBe(false);
  expect(made.said.filter((line) => line.startsWith("not")).sort()).toEqual([
    "not copied: gone.env: it leads nowhere",
    "not copied: out.env: it leads out of the project",
    "not copied: state.env: it leads out of the project",
    "not copied: sub/up.env: it leads to a folder that it lies in",
  ]);
});

it("never writes through a link of the tree, and copies nothing that the tree does not ignore", async () => {
  const outside = scratchFolder();
  const made = treeScene(
    { ".gitignore": "/other\n", conf: { link: outside } },
    { ".gitignore": ".env\n/conf/\n", conf: null, "conf/key": "k\n", ".env": "A\n" },
  );
  await made.ready({ copy: [".env", "conf/"] });
  expect(existsSync(join(outside, "key"))).toBe(false);
  expect(made.isIn(".env")).toBe(false);
  expect(made.said.sort()).toEqual([
    "not copied: .env: git does not ignore it in the new tree",
    "not copied: conf/key: its folder is a link, or no folder, in the new tree",
  ]);
});

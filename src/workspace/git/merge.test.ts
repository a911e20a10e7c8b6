import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit, type Git } from "./git.ts";
import { mergeTrees, type TreeMerge } from "./merge.ts";
import { leftMarks, markMerge } from "./marks.ts";
import { scratchFolder } from "../../testing/git-project.ts";
import {
  type Files,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";
import { type Side, takeSide } from "./sides.ts";
import { entriesOf } from "./tree-edit.ts";

const signal = new AbortController().signal;
let repository: ScratchRepository;
let git: Git;

beforeEach(() => {
  repository = scratchRepository();
  git = createGit({ env: plainGit, cwd: repository.dir });
});
afterEach(() => repository.remove());

interface Sides {
  readonly base: Files;
  readonly ours: Files;
  readonly theirs: Files;
}

function commitsOf({ base, ours, theirs }: Sides): { base: string; ours: string; theirs: string } {
  const from = repository.loose("base", { parents: [], files: base });
  return {
    base: from,
    ours: repository.loose("ours", { parents: [from], files: ours }),
    theirs: repository.loose("theirs", { parents: [from], files: theirs }),
  };
}

async function merged(sides: Sides): Promise<{ merge: TreeMerge; request: ReturnType<typeof commitsOf> }> {
  const request = commitsOf(sides);
  return { request, merge: await mergeTrees(git, request, signal) };
}

async function filesIn(tree: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path, mode, id } of await entriesOf(git, tree, signal))
    found[path] = `${mode === "100644" ? "" : `${mode} `}${repository.git("cat-file", "blob", id)}`;
  return found;
}

async function sideOf(sides: Sides, side: Side): Promise<Record<string, string>> {
  const { merge, request } = await merged(sides);
  expect(merge.conflicts.length).toBeGreaterThan(0);
  return filesIn(await takeSide(git, { merge, request, side }, signal));
}

const lfs = (id: string): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${id.repeat(64)}\nsize 1\n`;
const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
const text: Sides = {
  base: { f: lines("1", "2", "3", "4", "5", "6", "7") },
  ours: { f: lines("1", "2 ours", "3", "4", "5", "6", "7 ours") },
  theirs: { f: lines("1", "2 theirs", "3", "4", "5 theirs", "6", "7") },
};

describe("a merge of trees", () => {
  it("brings together what both sides did where they do not meet", async () => {
    const { merge } = await merged({
      base: { f: text.base["f"] ?? null, gone: "x", moved: lines("a", "b", "c", "d") },
      ours: { f: lines("1", "2 ours", "3", "4", "5", "6", "7"), gone: null, mine: "m" },
      theirs: {
        f: lines("1", "2", "3", "4", "5 theirs", "6", "7"),
        moved: null,
        here: lines("a", "b", "c", "d"),
        run: { program: "r" },
      },
    });
    expect(merge.conflicts).toEqual([]);
    expect(await filesIn(merge.tree)).toEqual({
      f: "1\n2 ours\n3\n4\n5 theirs\n6\n7",
      mine: "m",
      here: "a\nb\nc\nd",
      run: "100755 r",
    });
  });

  it("leaves a new file where the writer put it when the folder around it was renamed meanwhile", async () => {
    const { merge } = await merged({
      base: { "old/a": lines("a", "a", "a"), "old/b": lines("b", "b", "b") },
      ours: { "old/a": null, "old/b": null, "new/a": lines("a", "a", "a"), "new/b": lines("b", "b", "b") },
      theirs: { "old/c": "c" },
    });
    expect(merge.conflicts).toEqual([]);
    expect(Object.keys(await filesIn(merge.tree))).toEqual(["new/a", "new/b", "old/c"]);
  });

  it("says at which path what is in conflict, also at names with line ends and beyond UTF-8", async () => {
    const { merge } = await merged({
      base: {
        f: "1\n",
        "line\nend": "1\n",
        ü: "1\n",
        gone: "1\n",
        bin: Buffer.from([0, 1]),
        d: "1\n",
        link: { link: "a" },
      },
      ours: {
        f: "2\n",
        "line\nend": "2\n",
        ü: "2\n",
        gone: null,
        bin: Buffer.from([0, 2]),
        d: null,
        "d/e": "2\n",
        link: { link: "b" },
        new: "2\n",
      },
      theirs: {
        f: "3\n",
        "line\nend": "3\n",
        ü: "3\n",
        gone: "3\n",
        bin: Buffer.from([0, 3]),
        d: "3\n",
        link: { link: "c" },
        new: "3\n",
      },
    });
    expect(merge.conflicts.map(({ path, kind }) => [Buffer.from(path, "latin1").toString(), kind])).toEqual([
      ["bin", "binary"],
      ["d", "file/directory"],
      ["f", "content"],
      ["gone", "modify/delete"],
      ["line\nend", "content"],
      ["link", "content"],
      ["new", "content"],
      ["ü", "content"],
    ]);
  });

  it("makes the same objects when it is done again", async () => {
    const { merge, request } = await merged(text);
    expect(await mergeTrees(git, request, signal)).toEqual(merge);
  });

  it("is refused, not taken for a conflict, when a name means nothing", async () => {
    const request = commitsOf(text);
    await expect(mergeTrees(git, { ...request, theirs: "0".repeat(40) }, signal)).rejects.toMatchObject({
      code: "WORKSPACE_UNFIT",
    });
  });
});

/** Conflicts of all kinds that git cannot mark by lines, or of which a file goes or comes as a whole. */
const unmarkable: readonly [string, Sides][] = [
  ["binary", { base: { b: "\0a" }, ours: { b: "\0b" }, theirs: { b: "\0c" } }],
  ["deleted by one", { base: { b: "1\n" }, ours: { b: null }, theirs: { b: "2\n" } }],
  ["deleted by the other", { base: { b: "1\n" }, ours: { b: "2\n" }, theirs: { b: null } }],
  ["links", { base: { b: { link: "x" } }, ours: { b: { link: "y" } }, theirs: { b: { link: "z" } } }],
  ["a link and a file", { base: {}, ours: { b: { link: "y" } }, theirs: { b: "z" } }],
  [
    "a file and a folder",
    { base: { b: "1\n", k: "k" }, ours: { b: "2\n" }, theirs: { b: null, "b/c": "3\n", "b/d/e": "4\n" } },
  ],
  [
    "a folder and a file",
    {
      base: { "b/c": "1\n", k: "k" },
      ours: { "b/c": "2\n", "b/d": "new" },
      theirs: { "b/c": null, b: "3\n" },
    },
  ],
  [
    "renamed to two names",
    {
      base: { a: lines("1", "2", "3", "4") },
      ours: { a: null, b: lines("1", "2", "3", "4") },
      theirs: { a: null, c: lines("1", "2", "3", "4") },
    },
  ],
  [
    "renamed and deleted",
    {
      base: { a: lines("1", "2", "3", "4") },
      ours: { a: null, b: lines("1", "2", "3", "4 b") },
      theirs: { a: null },
    },
  ],
  ["new on both sides", { base: { k: "k" }, ours: { b: "1\n" }, theirs: { b: "2\n" } }],
  [
    "kept whole by an attribute",
    { base: { ".gitattributes": "b -merge\n", b: "1\n" }, ours: { b: "2\n" }, theirs: { b: "3\n" } },
  ],
];

describe("a conflict decided for a side", () => {
  it("is decided by lines: what is in no conflict stays merged", async () => {
    expect(await sideOf(text, "ours")).toEqual({ f: "1\n2 ours\n3\n4\n5 theirs\n6\n7 ours" });
    expect(await sideOf(text, "theirs")).toEqual({ f: "1\n2 theirs\n3\n4\n5 theirs\n6\n7 ours" });
  });

  it("keeps the mode that one of them changed", async () => {
    const sides = { ...text, theirs: { f: { program: lines("1", "2 theirs") } } };
    expect((await sideOf(sides, "ours"))["f"]).toMatch(/^100755 1\n2 ours/);
  });

  it.each(unmarkable)("takes the file of that side: %s", async (_name, sides) => {
    if (".gitattributes" in sides.base) repository.write({ ".gitattributes": "b -merge\n" });
    const { request } = await merged(sides);
    expect(await sideOf(sides, "ours")).toEqual(await filesIn(request.ours));
    expect(await sideOf(sides, "theirs")).toEqual(await filesIn(request.theirs));
  });
});

describe("marks of a conflict", () => {
  const names = { ours: "in the run", theirs: "from a/b", id: "tutti 0123456789ab", prefix: "" };

  it("say whose lines they are, and are shown with the lines around them", async () => {
    const { merge } = await merged(text);
    const { tree, excerpts } = await markMerge(git, merge, { ...names, ours: "in the run ü" }, signal);
    const file = (await filesIn(tree))["f"] ?? "";
    expect(file).toContain("<<<<<<< in the run ü (tutti 0123456789ab)\n2 ours\n");
    expect(file).toContain("\n||||||| before (tutti 0123456789ab)\n2\n=======\n");
    expect(file).toContain("\n>>>>>>> from a/b (tutti 0123456789ab)\n");
    expect(excerpts.get("f")).toMatch(/^1: 1\n2: <<<<<<< in the run ü/);
    expect(excerpts.get("f")).toMatch(/10: 4$/);
  });

  it("are found as long as one of them, or a file that was put aside, is there", async () => {
    const { merge } = await merged({
      base: { ...text.base, d: "1\n" },
      ours: { ...text.ours, d: null, "d/e": "2\n" },
      theirs: { ...text.theirs, d: "3\n" },
    });
    const { tree } = await markMerge(git, merge, names, signal);
    const marked = repository.git("commit-tree", tree, "-m", "marked");
    const left = async (commit: string) => [
      ...(await leftMarks(git, { tree: commit, ids: [names.id] }, signal)).keys(),
    ];
    expect(await left(marked)).toEqual(["d~tutti 0123456789ab-theirs", "f"]);
    const half = repository.loose("half", {
      parents: [marked],
      files: { "d~tutti 0123456789ab-theirs": null, f: "a\n>>>>>>> from a/b (tutti 0123456789ab)\n" },
    });
    expect(await left(half)).toEqual(["f"]);
    expect(
      await left(repository.loose("done", { parents: [half], files: { f: "a (tutti 0123456789ab)\n" } })),
    ).toEqual([]);
    expect((await leftMarks(git, { tree: marked, ids: ["tutti ffffffffffff"] }, signal)).size).toBe(0);
  });

  it.each([
    ...unmarkable,
    ["modes", { base: { k: "k" }, ours: { b: { program: "1\n" } }, theirs: { b: "1\n" } }],
    ["pointers of Git LFS", { base: { b: lfs("1") }, ours: { b: lfs("2") }, theirs: { b: lfs("3") } }],
    [
      "marks of another size",
      {
        base: { ".gitattributes": "b conflict-marker-size=3\n", b: "1\n" },
        ours: { b: "2\n" },
        theirs: { b: "3\n" },
      },
    ],
    [
      "a long name",
      { base: { k: "k" }, ours: { ["n".repeat(250)]: "\0a" }, theirs: { ["n".repeat(250)]: "\0b" } },
    ],
  ] satisfies [string, Sides][])(
    "or files beside each other are left where nothing is done, with all of both: %s",
    async (_name, sides) => {
      const { [".gitattributes"]: attributes = null } = sides.base;
      repository.write({ ".gitattributes": attributes });
      const { merge, request } = await merged(sides);
      const { tree, excerpts } = await markMerge(git, merge, names, signal);
      const commit = repository.git("commit-tree", tree, "-m", "marked");
      const left = await leftMarks(git, { tree: commit, ids: [names.id] }, signal);
      expect(left.size).toBeGreaterThan(0);
      const said = [...excerpts.values()].join("\n");
      const beside = [...left].filter(([, found]) => found.left === "beside").map(([path]) => path);
      for (const path of beside) expect(said).toContain(JSON.stringify(path));
      const lies = Object.values(await filesIn(tree)).join("\n");
      for (const side of [request.ours, request.theirs])
        for (const text of Object.values(await filesIn(side))) expect(lies).toContain(text);
      const checkout = ["--work-tree", scratchFolder(), "checkout", "-q", commit, "--", "."];
      expect(repository.git(...checkout)).toBe("");
    },
  );

  it("keep their line ends and bytes that are no UTF-8", async () => {
    const sides = {
      base: { f: Buffer.from("1\r\n\xff\r\n", "latin1") },
      ours: { f: Buffer.from("2\r\n\xff\r\n", "latin1") },
      theirs: { f: Buffer.from("3\r\n\xff\r\n", "latin1") },
    };
    const { merge } = await merged(sides);
    const { tree } = await markMerge(git, merge, names, signal);
    const commit = repository.git("commit-tree", tree, "-m", "marked");
    const { stdout } = await git.run(["cat-file", "blob", `${commit}:f`], { signal });
    expect(stdout.toString("latin1")).toContain("\r\n3\r\n>>>>>>> from a/b (tutti 0123456789ab)\r\n\xff\r\n");
  });
});

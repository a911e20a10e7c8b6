import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { shellCommand } from "../../../executors/run-shell.ts";
import type { JsonObject } from "../../../expression/json.ts";
import { createProcesses } from "../../../processes/supervisor.ts";
import { toolboxOf } from "./toolbox.ts";

let base: string;
let cwd: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "tools-"));
  onTestFinished(() => rm(base, { recursive: true }));
  cwd = join(base, "work");
  await mkdir(cwd);
});

const everything = ["Read", "Glob", "Grep", "Edit", "Write", "Bash"];

function box(tools: readonly string[] = everything, signal = new AbortController().signal) {
  const site = {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", GIVEN: "yes" },
    signal,
    onLine: () => {},
    processes: createProcesses(),
    shell: shellCommand,
    mark: { TUTTI_SESSION: "s" },
  };
  return toolboxOf({ tools, servers: { tools: [], close: () => Promise.resolve() }, site, asks: false });
}

async function use(name: string, input: JsonObject, tools = everything) {
  const call = { id: "c", name, input };
  const { objection, use } = box(tools);
  return objection(call) ?? (await use(call));
}

const put = async (path: string, text: string) => {
  await mkdir(join(cwd, path, ".."), { recursive: true });
  await writeFile(join(cwd, path), text);
};

describe("tools for files", () => {
  it("read a text, in parts when it is long", async () => {
    await put("a.txt", "one\ntwo\nthree\n");
    expect(await use("read_file", { path: "a.txt" })).toMatchObject({
      text: "one\ntwo\nthree\n",
      isError: false,
    });
    expect((await use("read_file", { path: "a.txt", from_line: 2, lines: 1 })).text).toBe("two");
    expect((await use("read_file", { path: join(cwd, "a.txt"), from_line: 3 })).text).toBe("three\n");
    await put("long.txt", `${"x".repeat(99)}\n`.repeat(2000));
    const { text } = await use("read_file", { path: "long.txt" });
    expect(text.length).toBeLessThan(70_000);
    expect(text).toMatch(/\(2001 lines in all: go on with from_line 656\)$/);
  });

  it("say what cannot be read", async () => {
    await writeFile(join(cwd, "b.bin"), Buffer.from([1, 0, 2]));
    for (const [path, says] of [
      ["b.bin", "is no text"],
      ["none", "There is no"],
      [".", "Cannot read"],
    ] as const)
      expect(await use("read_file", { path })).toMatchObject({
        isError: true,
        text: expect.stringContaining(says),
      });
  });

  it("write and edit", async () => {
    await use("write_file", { path: "deep/er/a.txt", content: "one one two" });
    expect(
      await use("edit_file", { path: "deep/er/a.txt", old_text: "two", new_text: "$& three" }),
    ).toMatchObject({
      isError: false,
    });
    expect(await readFile(join(cwd, "deep/er/a.txt"), "utf8")).toBe("one one $& three");
    const edit = (rest: JsonObject) => use("edit_file", { path: "deep/er/a.txt", new_text: "1", ...rest });
    expect((await edit({ old_text: "one" })).text).toContain("is 2 times");
    expect((await edit({ old_text: "gone" })).text).toContain("is not in");
    expect((await edit({ old_text: "one", all: true })).text).toBe("Replaced 2 times.");
    expect(await readFile(join(cwd, "deep/er/a.txt"), "utf8")).toBe("1 1 $& three");
    expect((await use("write_file", { path: "deep", content: "" })).text).toContain("Cannot write");
  });

  it("list and search", async () => {
    await put("src/a.ts", "let a = 1;\nlet b = 2;\n");
    await put("src/b.css", "let");
    await put("node_modules/x/a.ts", "let");
    await put(".git/config", "let");
    await writeFile(join(cwd, "src/c.bin"), Buffer.from("let\0"));
    expect((await use("list_files", {})).text).toBe("src/a.ts\nsrc/b.css\nsrc/c.bin");
    expect((await use("list_files", { files: "**/*.css" })).text).toBe("src/b.css");
    expect((await use("list_files", { files: "none" })).text).toBe("No files.");
    expect((await use("search", { pattern: "LET B", ignore_case: true })).text).toBe(
      "src/a.ts:2: let b = 2;",
    );
    expect((await use("search", { pattern: "let", files: "*/*.css" })).text).toBe("src/b.css:1: let");
    expect((await use("search", { pattern: "nowhere" })).text).toBe("Nothing found.");
    expect(await use("search", { pattern: "(" })).toMatchObject({ isError: true });
  });

  it("end a search that would never end", async () => {
    await put("a.txt", `${"a".repeat(40)}!`);
    const found = await use("search", { pattern: "^(a+)+$" });
    expect(found).toMatchObject({ isError: true, text: expect.stringContaining("takes too long") });
  });

  it("list and search much without saying all of it", async () => {
    await Promise.all(Array.from({ length: 1100 }, (_, index) => writeFile(join(cwd, `f${index}`), "x\n")));
    expect((await use("list_files", {})).text).toMatch(/\(and 100 more: narrow the glob\)$/);
    expect((await use("search", { pattern: "x" })).text).toMatch(/\(more than 200 lines/);
  });
});

describe("the folder of the step", () => {
  it("is not left by reading, not by a link either", async () => {
    await writeFile(join(base, "secret"), "secret");
    await symlink(join(base, "secret"), join(cwd, "link"));
    await symlink(base, join(cwd, "up"));
    for (const path of ["../secret", join(base, "secret"), "link", "up/secret", "a/../../secret"]) {
      const { isError, text, denied } = await use("read_file", { path });
      expect([isError, denied, text.includes("outside") || text.includes("There is no")], path).toEqual([
        true,
        undefined,
        true,
      ]);
    }
    expect((await use("search", { pattern: "secret" })).text).toBe("Nothing found.");
    expect((await use("list_files", {})).text).toBe("link\nup");
  });

  it("is not left by writing, which counts as denied", async () => {
    await writeFile(join(base, "secret"), "secret");
    await symlink(join(base, "secret"), join(cwd, "link"));
    await symlink(join(base, "new"), join(cwd, "dangling"));
    await symlink(base, join(cwd, "up"));
    for (const path of ["../new", join(base, "new"), "link", "dangling", "up/new", "a/../../new", ".", ""]) {
      const found = await use("write_file", { path, content: "changed" });
      expect(found, path).toMatchObject({ isError: true, denied: `Write(${path})` });
    }
    expect(await readFile(join(base, "secret"), "utf8")).toBe("secret");
    await expect(readFile(join(base, "new"))).rejects.toThrow("ENOENT");
  });

  it("is written through a link that stays inside, by absolute paths too", async () => {
    await put("real.txt", "old");
    await symlink("real.txt", join(cwd, "link"));
    expect(await use("write_file", { path: "link", content: "new" })).toMatchObject({ isError: false });
    expect(await use("write_file", { path: join(cwd, "more.txt"), content: "" })).toMatchObject({
      isError: false,
    });
    expect(await readFile(join(cwd, "real.txt"), "utf8")).toBe("new");
  });

  it("keeps what belongs to git and tutti", async () => {
    await mkdir(join(cwd, ".git"));
    await symlink(".git", join(cwd, "git"));
    for (const path of [".git/hooks/pre-commit", "git/config", "sub/.git/config", ".tutti/tutti.db"])
      expect(await use("write_file", { path, content: "" }), path).toMatchObject({
        denied: `Write(${path})`,
      });
  });
});

describe("a shell line", () => {
  it("gives what it prints and how it ended", async () => {
    expect(
      (await use("run", { command: "echo out; echo err >&2; echo $GIVEN$TUTTI_SESSION; exit 3" })).text,
    ).toBe("(exit code 3)\nout\nyess\nstderr:\nerr");
    expect((await use("run", { command: "true" })).text).toBe("(exit code 0)");
  });

  it("is stopped after its time", async () => {
    expect((await use("run", { command: "echo a; sleep 100", timeout_seconds: 1 })).text).toBe(
      "(stopped after 1 s)\na",
    );
  });

  it("is cut where it prints too much", async () => {
    const { text } = await use("run", { command: "yes | head -c 1000000" });
    expect(text.length).toBeLessThan(70_000);
    expect(text).toContain("left out");
  });
});

describe("a call", () => {
  it("that is not allowed is denied, whether the model was told of the tool or not", async () => {
    const offered = box(["Read", "Bash(ls:*)"]).offered.map(({ name }) => name);
    expect(offered).toEqual(["read_file", "run"]);
    expect(await use("run", { command: "rm a" }, ["Bash(ls:*)"])).toMatchObject({ denied: "Bash(rm a)" });
    expect(await use("write_file", { path: "a", content: "" }, ["Read"])).toMatchObject({
      denied: "Write(a)",
    });
    expect(await use("Bash", { command: "ls" }, ["Read"])).toMatchObject({ denied: "Bash(ls)" });
    expect(await use("write_file", { path: "src/../a", content: "" }, ["Write(src/**)"])).toMatchObject({
      denied: "Write(src/../a)",
    });
  });

  it("of no tool is told so, and is not denied", async () => {
    expect(await use("fly", {})).toEqual({
      call: "c",
      name: "fly",
      text: 'There is no tool "fly".',
      isError: true,
      unknown: true,
    });
  });

  it("that does not fit the tool is told what is wrong", async () => {
    const found = await use("read_file", { file: "a" });
    expect(found).toMatchObject({ isError: true, text: expect.stringContaining("input") });
    expect(found.denied).toBeUndefined();
    const call = { id: "c", name: "read_file", input: {}, invalid: "its input is no JSON" };
    expect(box().objection(call)).toMatchObject({ text: "its input is no JSON" });
  });

  it("ends with the task", async () => {
    const stop = new AbortController();
    const { use } = box(everything, stop.signal);
    const run = use({ id: "c", name: "run", input: { command: "sleep 100" } });
    stop.abort(new Error("stopped"));
    await expect(run).rejects.toThrow("stopped");
  });

  it("may change something where it is not only reading", () => {
    const changing = ["read_file", "list_files", "search", "edit_file", "write_file", "run", "fly"].filter(
      (name) => box().changes({ id: "c", name, input: {} }),
    );
    expect(changing).toEqual(["edit_file", "write_file", "run"]);
  });
});

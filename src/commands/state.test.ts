import { readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCommandProject } from "../../test/command-project.ts";
import type { CommandProject } from "../../test/command-project.ts";

let here: CommandProject;
beforeEach(async () => {
  here = await createCommandProject();
});
afterEach(() => here.remove());

describe("completion markers", () => {
  it("keep time and evidence, private to the user, under any writing of the name", async () => {
    const list = here.catalog();
    await list.complete("/quality/verify", { runId: "r1", ok: true });
    expect(await list.completed("quality:verify")).toEqual({
      command: "quality:verify",
      at: 1234,
      evidence: { runId: "r1", ok: true },
    });
    expect(await list.completed("quality:other")).toBeUndefined();
    const folder = join(here.root, "state/completed");
    const [file = ""] = await readdir(folder);
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it("are gone when the command is not completed any more", async () => {
    const list = here.catalog();
    await list.complete("/quality/verify", { runId: "r1" });
    await list.uncomplete("quality:verify");
    expect(await list.completed("/quality/verify")).toBeUndefined();
    await list.uncomplete("quality:verify");
    expect(await readdir(join(here.root, "state/completed"))).toEqual([]);
  });

  it("have safe and distinct file names for hostile command names", async () => {
    const hostile = ["../../evil", "a\0b", "con:.", "x".repeat(5000), "ä", "ö", "a/b\\c", "a\nb"];
    const list = here.catalog();
    for (const [at, name] of hostile.entries()) await list.complete(name, { at });
    for (const [at, name] of hostile.entries())
      expect((await list.completed(name))?.evidence).toEqual({ at });
    expect(await readdir(here.root)).toEqual(["repo", "state"]);
    const files = await readdir(join(here.root, "state/completed"));
    expect(files).toHaveLength(hostile.length);
    expect(files.every((file) => /^[\w-]*\.[0-9a-f]{16}\.json$/.test(file))).toBe(true);
  });

  it("count as absent when they are damaged", async () => {
    const list = here.catalog();
    await list.complete("a", {});
    const folder = join(here.root, "state/completed");
    const [file = ""] = await readdir(folder);
    for (const text of [
      "",
      "{",
      "[]",
      '{"command":"a","at":"x","evidence":{}}',
      '{"command":"b","at":1,"evidence":{}}',
    ]) {
      await writeFile(join(folder, file), text);
      expect(await list.completed("a")).toBeUndefined();
    }
  });
});

describe("the graph of a project", () => {
  const needs = (entry: string) => `---\ndependencies: [${entry}]\n---\n`;

  it("has edges, missing, unsatisfied and circular dependencies", async () => {
    await here.put("repo/.claude/commands/ship.md", needs("quality/verify, /gone, lodash"));
    await here.put("repo/.claude/commands/quality/verify.md", needs(""));
    await here.put("repo/.claude/commands/a.md", needs("b"));
    await here.put("repo/.claude/commands/b.md", needs("a"));
    const list = here.catalog();
    expect(await list.graph()).toEqual({
      edges: { a: ["b"], b: ["a"], "quality:verify": [], ship: ["quality:verify"] },
      missing: [{ command: "ship", dependency: "gone" }],
      cycles: [["a", "b", "a"]],
      unsatisfied: [
        { command: "a", dependency: "b" },
        { command: "b", dependency: "a" },
        { command: "ship", dependency: "quality:verify" },
      ],
    });
    await list.complete("/quality/verify", {});
    expect((await list.graph()).unsatisfied.map((need) => need.command)).toEqual(["a", "b"]);
  });

  it("is kept until a file changes, comes or goes", async () => {
    const file = await here.put("repo/.claude/commands/a.md", needs(""));
    await here.put("state/.gitignore", "*");
    await here.catalog().graph();
    const cache = join(here.root, "state/command-graph.json");
    await writeFile(cache, (await readFile(cache, "utf8")).replace('"a":[]', '"a":["kept"]'));
    expect((await here.catalog().graph()).edges).toEqual({ a: ["kept"] });
    await utimes(file, new Date(0), new Date(1000));
    expect((await here.catalog().graph()).edges).toEqual({ a: [] });
    await here.put("repo/.claude/commands/b.md", needs("a"));
    expect((await here.catalog().graph()).edges).toEqual({ a: [], b: ["a"] });
    await rm(file);
    expect((await here.catalog().graph()).edges).toEqual({ b: [] });
  });

  it("is not kept where there is no state folder, which is not made", async () => {
    await here.put("repo/.claude/commands/a.md", needs(""));
    expect((await here.catalog().graph()).edges).toEqual({ a: [] });
    expect(await readdir(here.root)).toEqual(["repo"]);
  });

  it("is built again without a word when what was kept is damaged", async () => {
    await here.put("repo/.claude/commands/a.md", needs("b"));
    await here.put("repo/.claude/commands/b.md", needs(""));
    await here.put("state/.gitignore", "*");
    const right = await here.catalog().graph();
    const cache = join(here.root, "state/command-graph.json");
    const good = await readFile(cache, "utf8");
    const key = /"key":"\w+"/.exec(good)?.[0];
    const bodies = [
      '"edges":3',
      '"edges":{"a":[1]}',
      '"edges":{},"missing":[{}],"cycles":[]',
      '"edges":{},"missing":[],"cycles":[3]',
    ];
    for (const text of ["", "{", "null", good.slice(0, 40), ...bodies.map((body) => `{${key},${body}}`)]) {
      await writeFile(cache, text);
      expect(await here.catalog().graph()).toEqual(right);
    }
    expect((await stat(cache)).mode & 0o777).toBe(0o600);
  });

  it("does without a state folder that cannot be written", async () => {
    await here.putCommands("a");
    await here.put("state", "a file where the folder should be");
    expect((await here.catalog().graph()).edges).toEqual({ a: [] });
  });
});

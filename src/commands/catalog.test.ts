import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCommandProject, failureOf } from "../../test/command-project.ts";
import type { CommandProject } from "../../test/command-project.ts";
import type { CommandCatalog } from "../ports/command-catalog.ts";
import { loadCommandFile } from "./read.ts";

let here: CommandProject;
beforeEach(async () => {
  here = await createCommandProject();
});
afterEach(() => here.remove());

async function names(of: CommandCatalog = here.catalog()): Promise<string[]> {
  return (await of.list()).map((doc) => `${doc.origin} ${doc.kind} ${doc.name}`);
}

describe("discovery", () => {
  it("finds commands, agents and skills in every place, nearest first", async () => {
    await here.putCommands("ship", "milestone/plan");
    await here.put("repo/.claude/agents/team/reviewer.md");
    await here.put("repo/.claude/skills/pdf/SKILL.md");
    await here.put("repo/.claude/skills/group/deep/SKILL.md");
    await here.put("repo/app/.claude/commands/local.md");
    await here.put("home/.claude/commands/mine.md");
    await here.put("plug/commands/sub/do.md");
    await here.put("plug/skills/look/skill.md");
    await here.put("plug/agents/spy.md");
    await here.put("plug/.claude-plugin/plugin.json", '{"name": "kit"}');
    await here.put("library/query.md");
    await here.put("library/patterns/x.yaml");
    const found = await names(
      here.catalog({ projectDir: join(here.dir, "app"), plugins: [join(here.root, "plug")] }),
    );
    expect(found).toEqual([
      "project command local",
      "project command milestone:plan",
      "project command ship",
      "project agent team:reviewer",
      "project skill pdf",
      "user command mine",
      "plugin command kit:sub:do",
      "plugin agent kit:spy",
      "plugin skill kit:look",
      "builtin command query",
    ]);
  });

  it("looks no further up than the repository's root, and only here outside of one", async () => {
    await here.put(".claude/commands/outside.md");
    await here.putCommands("inside");
    expect(await names()).toEqual(["project command inside"]);
    await rm(join(here.dir, ".git"), { recursive: true });
    await mkdir(join(here.dir, "sub"));
    expect(await names(here.catalog({ projectDir: join(here.dir, "sub") }))).toEqual([]);
  });

  it("takes the user's home for a place of its own", async () => {
    await here.put("home/.claude/commands/mine.md");
    await here.put("home/.git/HEAD");
    expect(await names(here.catalog({ projectDir: join(here.root, "home") }))).toEqual(["user command mine"]);
  });

  it("names a plugin after its folder when its manifest does not", async () => {
    await here.put("plug/commands/do.md");
    for (const manifest of ["", "[]", '{"name": "../evil"}']) {
      await here.put("plug/.claude-plugin/plugin.json", manifest);
      expect(await names(here.catalog({ plugins: [join(here.root, "plug")] }))).toEqual([
        "plugin command plug:do",
      ]);
    }
  });

  it("takes notes, indexes and shared utilities for no commands", async () => {
    await here.putCommands(
      "README",
      "index",
      "CLAUDE",
      "fam/_shared/util",
      "fam/README",
      "fam/go",
      "node_modules/x/y",
    );
    await here.put("repo/.claude/commands/notes.txt");
    await here.put("repo/.claude/agents/README.md");
    expect(await names()).toEqual(["project command fam:go"]);
  });

  it("tells core commands, families and workflow commands apart", async () => {
    await here.putCommands("ship", "fam/_shared/util", "fam/go", "fam/deep/er", "flow/run", "_shared/top");
    const classes = (await here.catalog().list()).map((doc) => [doc.name, doc.class]);
    expect(Object.fromEntries(classes)).toEqual({
      ship: "core",
      "fam:go": "family",
      "fam:deep:er": "family",
      "flow:run": "workflow",
    });
  });

  it("hides a file behind one of the same name in a nearer place, and says where Claude Code differs", async () => {
    await here.putCommands("ship");
    await here.put("home/.claude/commands/ship.md", "user's");
    await here.put("library/ship.md", "built in");
    const docs = await here.catalog().list();
    expect(docs.map((doc) => doc.origin)).toEqual(["project"]);
    expect(docs[0]?.problems).toMatchObject([{ severity: "warning", code: "COMMAND_AMBIGUOUS" }]);
  });

  it("follows links once, through circles and to other folders, but only to Markdown", async () => {
    await here.putCommands("a/one");
    await here.put("shared/two.md");
    await here.put("shared/secret.txt", "secret");
    const commands = join(here.dir, ".claude/commands");
    await symlink(join(here.root, "shared"), join(commands, "team"));
    await symlink("..", join(commands, "a/up"));
    await symlink("/", join(commands, "everything"));
    await symlink(commands, join(here.root, "shared/back"));
    await symlink(join(here.root, "shared/secret.txt"), join(commands, "secret.md"));
    await symlink(join(here.root, "shared/two.md"), join(commands, "linked.md"));
    await symlink("nowhere.md", join(commands, "broken.md"));
    await symlink("/dev/zero", join(commands, "zero.md"));
    expect(await names()).toEqual([
      "project command a:one",
      "project command linked",
      "project command team:two",
    ]);
  });

  it("keeps names with spaces, dots and other scripts", async () => {
    await here.putCommands("my folder/My Command", "speckit.plan", "数字化/检查", "cafe\u0301");
    const list = here.catalog();
    expect((await list.list()).map((doc) => doc.name).sort()).toEqual(
      ["café", "my folder:My Command", "speckit.plan", "数字化:检查"].sort(),
    );
    expect((await list.resolve("/my folder/My Command")).name).toBe("my folder:My Command");
    expect((await list.resolve("caf\u00e9")).name).toBe("caf\u00e9");
    expect((await list.resolve("数字化 检查")).name).toBe("数字化:检查");
  });

  it("lists a file that cannot be read with an error, and refuses it only when it is called", async () => {
    await here.put("repo/.claude/commands/huge.md", "x".repeat(3 * 1024 * 1024));
    const docs = await here.catalog().list();
    expect(docs[0]?.problems).toMatchObject([{ severity: "error", code: "FILE_UNREADABLE" }]);
    expect((await failureOf(here.catalog().resolve("huge"))).code).toBe("FILE_UNREADABLE");
  });

  it("sees a file that changed, came or went, without a new catalog", async () => {
    const file = await here.put("repo/.claude/commands/a.md");
    const list = here.catalog();
    expect((await list.resolve("a")).description).toBe("about this");
    await writeFile(file, "---\ndescription: another\n---");
    expect((await list.resolve("a")).description).toBe("another");
    await rm(file);
    expect(await list.list()).toEqual([]);
  });
});

describe("a file by its path", () => {
  it("is named and classed by its place", async () => {
    const cases = [
      ["lib/commands/git/commit.md", "git:commit", "command", "workflow"],
      ["lib/loose.md", "loose", "command", "core"],
      ["lib/agents/a.md", "a", "agent", "core"],
      ["x/.claude/commands/agents/b.md", "agents:b", "command", "workflow"],
      ["lib/pdf/SKILL.md", "pdf", "skill", "core"],
    ] as const;
    for (const [path, name, kind, inClass] of cases) {
      const doc = await loadCommandFile(await here.put(path));
      expect(doc).toMatchObject({ name, kind, class: inClass, origin: "path", file: join(here.root, path) });
    }
  });

  it("has the name that an agent or skill gives itself, but a command keeps its own", async () => {
    const text = "---\nname: Own Name\n---\n";
    expect((await loadCommandFile(await here.put("lib/agents/a.md", text))).name).toBe("Own Name");
    expect((await loadCommandFile(await here.put("lib/skill/SKILL.md", text))).name).toBe("Own Name");
    expect((await loadCommandFile(await here.put("lib/commands/c.md", text))).name).toBe("c");
  });

  it("must exist and be a file that can be read", async () => {
    expect((await failureOf(loadCommandFile(join(here.root, "none.md")))).code).toBe("FILE_NOT_FOUND");
    expect((await failureOf(loadCommandFile(here.root))).code).toBe("FILE_UNREADABLE");
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCommandProject, failureOf } from "../../test/command-project.ts";
import type { CommandProject } from "../../test/command-project.ts";

let here: CommandProject;
beforeEach(async () => {
  here = await createCommandProject();
});
afterEach(() => here.remove());

describe("resolution", () => {
  it.each(["/milestone/plan", "/milestone:plan", "milestone plan", "milestone/plan"])(
    "takes folder and file for %s",
    async (name) => {
      await here.putCommands("milestone/plan", "plan", "milestone");
      const doc = await here.catalog().resolve(name);
      expect([doc.name, doc.problems]).toEqual(["milestone:plan", []]);
    },
  );

  it("takes the folder's execute.md before the direct file, and the direct file otherwise", async () => {
    await here.putCommands(
      "milestone/execute",
      "milestone/plan",
      "milestone",
      "deploy",
      "deploy/plan",
      "a/b/execute",
    );
    const list = here.catalog();
    expect((await list.resolve("/milestone")).name).toBe("milestone:execute");
    expect((await list.resolve("/deploy")).name).toBe("deploy");
    expect((await list.resolve("/a/b")).name).toBe("a:b:execute");
  });

  it("prefers the nearer place to the earlier step", async () => {
    await here.putCommands("query");
    await here.put("library/query/execute.md");
    expect(await here.catalog().resolve("query")).toMatchObject({ name: "query", origin: "project" });
  });

  it("takes one near match by itself and says so", async () => {
    await here.putCommands("milestone/plan", "deploy");
    const doc = await here.catalog().resolve("/plan");
    expect(doc.name).toBe("milestone:plan");
    expect(doc.problems).toMatchObject([
      { severity: "warning", code: "UNKNOWN_COMMAND", fix: "write /milestone:plan" },
    ]);
    expect((await here.catalog().resolve("Deploi")).name).toBe("deploy");
  });

  it("asks among near matches and names at most five", async () => {
    await here.putCommands("a/plan", "b/plan", "c/plan", "d/plan", "e/plan", "f/plan");
    const error = await failureOf(here.catalog().resolve("plan"));
    expect(error.code).toBe("COMMAND_AMBIGUOUS");
    expect(error.message.match(/\/\w:plan/g)).toHaveLength(5);
    expect(error.message).toContain("and 1 more");
  });

  it("lists the nearest names of an unknown command", async () => {
    await here.putCommands("query", "zebra");
    const error = await failureOf(here.catalog().resolve("/queries2"));
    expect(error).toMatchObject({ code: "UNKNOWN_COMMAND" });
    expect(error.message).toContain("the nearest: /query");
    expect((await failureOf(here.catalog().resolve("/wwwwwwwwwwww"))).fix).toBe(
      "list what there is with: tutti commands",
    );
  });

  it("takes a skill before a command of its name, also by the name it gives itself, and never an agent", async () => {
    await here.putCommands("pdf");
    await here.put("repo/.claude/skills/pdf/SKILL.md");
    await here.put("repo/.claude/skills/x1/SKILL.md", "---\nname: Arrow Expert\n---\n");
    await here.put("repo/.claude/agents/reviewer.md");
    expect((await here.catalog().resolve("/pdf")).kind).toBe("skill");
    expect((await failureOf(here.catalog().resolve("arrow expert"))).code).toBe("UNKNOWN_COMMAND");
    expect((await here.catalog().resolve("Arrow Expert")).name).toBe("x1");
    expect((await failureOf(here.catalog().resolve("/reviewer"))).code).toBe("UNKNOWN_COMMAND");
  });

  it.each([
    "../secret",
    "/../../etc/passwd",
    "/etc/passwd",
    "a/../../secret",
    "..\\secret",
    "secret\0",
    "\u001b[2Jsecret",
    "",
    "/",
    "x".repeat(100_000),
  ])("never leaves the folders for %j", async (name) => {
    await here.putCommands("ship");
    await here.put("repo/.claude/secret.md");
    await here.put("etc/passwd.md");
    const error = await failureOf(here.catalog().resolve(name));
    expect(error.code).toBe("UNKNOWN_COMMAND");
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(error.message.length).toBeLessThan(1000);
  });
});

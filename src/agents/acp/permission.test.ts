import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allows, answerTo, beyondTools, type PermissionRules } from "./permission.ts";
import type { ToolCall } from "./tool-call.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "permission-"));
  await mkdir(join(cwd, "src"));
  await symlink("/etc", join(cwd, "etc"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const call = (over: Partial<ToolCall>): ToolCall => ({
  id: "c",
  kind: "other",
  name: "",
  title: "",
  paths: [],
  ...over,
});
const may = (over: Partial<ToolCall>, rules: Partial<PermissionRules> = {}) =>
  allows(call(over), { allow: "edit", tools: undefined, servers: [], cwd, ...rules });

describe("without a list of tools", () => {
  it.for([
    [{ kind: "read", paths: ["src/a.ts"] }, "read edit all"],
    [{ kind: "search" }, "read edit all"],
    [{ kind: "think" }, "read edit all"],
    [{ name: "todowrite" }, "read edit all"],
    [{ name: "Agent", kind: "other" }, "read edit all"],
    [{ kind: "edit", paths: ["made.txt"] }, "edit all"],
    [{ kind: "delete", paths: ["src/a.ts"] }, "edit all"],
    [{ kind: "edit", paths: ["../made.txt"] }, "all"],
    [{ kind: "edit", paths: ["etc/made.txt"] }, "all"],
    [{ kind: "edit", paths: ["src/a.ts", "/etc/made.txt"] }, "all"],
    [{ kind: "edit" }, "all"],
    [{ kind: "read", paths: ["/etc/passwd"] }, "all"],
    [{ kind: "execute", command: "ls" }, "all"],
    [{ kind: "fetch", url: "https://a.b" }, "all"],
    [{ kind: "never_heard_of" }, "all"],
  ] as const)("%j is allowed where the agent may: %s", async ([over, where]) => {
    for (const allow of ["read", "edit", "all"] as const)
      expect([allow, await may(over, { allow })]).toEqual([allow, where.split(" ").includes(allow)]);
  });
});

describe("with a list of tools", () => {
  it.for([
    ["Read", { kind: "read", paths: ["/etc/passwd"] }, true],
    ["Read", { kind: "edit", paths: ["made.txt"] }, false],
    ["Read(src/**)", { kind: "read", paths: ["src/a.ts"] }, true],
    ["Read(src/**)", { kind: "read", paths: ["b.ts"] }, false],
    ["Read(src/**)", { kind: "read" }, false],
    ["Edit(src/**)", { kind: "edit", paths: ["src/a.ts", "b.ts"] }, false],
    ["Write", { kind: "edit", paths: ["src/a.ts"] }, true],
    ["Bash", { kind: "execute", command: "rm -rf x" }, true],
    ["Bash(npm test)", { kind: "execute", command: "npm test" }, true],
    ["Bash(npm test)", { kind: "execute", command: "npm test && npm publish" }, false],
    ["Bash(git *)", { kind: "execute", command: "git log -1" }, true],
    ["Bash(git:*)", { kind: "execute", command: "git" }, true],
    ["Bash(git *)", { kind: "execute", command: "gitk" }, false],
    ["Bash(git *)", { kind: "execute", command: "git log; npm publish" }, false],
    ["Bash(git *)", { kind: "execute", command: "git log $(npm publish)" }, false],
    ["Bash(git *)", { kind: "execute", command: "git log > /etc/x" }, false],
    ["Bash(git *)", { kind: "execute", title: "git log" }, false],
    ["Grep", { kind: "search" }, true],
    ["WebFetch(domain:a.b)", { kind: "fetch", url: "https://c.a.b/x" }, true],
    ["WebFetch(domain:a.b)", { kind: "fetch", url: "https://ca.b/x" }, false],
    ["WebFetch(a.b)", { kind: "fetch", url: "https://a.b/x" }, false],
    ["mcp__words__say", { name: "mcp__words__say" }, true],
    ["mcp__words__say", { name: "words_say" }, true],
    ["mcp__words", { name: "mcp_words_say" }, true],
    ["mcp__words__say", { name: "mcp__words__shout" }, false],
    ["run_shell_command", { kind: "execute", name: "run_shell_command" }, true],
    ["Task", { kind: "other", name: "task" }, true],
    ["Read", { kind: "other", name: "task" }, false],
    ["", { kind: "other" }, false],
  ] as const)("%s and %j: %s", async ([rule, over, isAllowed]) => {
    expect(await may(over, { tools: [rule], allow: "all" })).toBe(isAllowed);
  });

  it("the tools of the servers that the step was given are allowed, too", async () => {
    const rules = { tools: ["Read"], servers: ["words"] };
    expect(await may({ name: "words_say" }, rules)).toBe(true);
    expect(await may({ name: "swords_say" }, rules)).toBe(false);
  });

  it("of such a server only those are allowed that the list names, when it names some", async () => {
    const rules = { tools: ["mcp__words__say"], servers: ["words"] };
    expect(await may({ name: "words_say" }, rules)).toBe(true);
    expect(await may({ name: "words_shout" }, rules)).toBe(false);
  });
});

describe("of calls that were made without asking", () => {
  it("those are beyond the step's tools that no rule of it allows", async () => {
    const calls = [
      call({ kind: "execute", command: "rm -rf x" }),
      call({ kind: "read", paths: ["a.ts"] }),
      call({ kind: "think", title: "hm" }),
      call({ kind: "switch_mode" }),
      call({ name: "todowrite" }),
      call({ title: "something" }),
    ];
    const rules = { allow: "all", tools: ["Read"], servers: [], cwd } as const;
    expect(await beyondTools(calls, rules)).toEqual([calls[0], calls[5]]);
    expect(await beyondTools(calls, { ...rules, tools: undefined })).toEqual([]);
  });
});

describe("an answer to a request for permission", () => {
  const options = [
    { optionId: "a", kind: "allow_always" },
    { optionId: "b", kind: "allow_once" },
    { optionId: "c", kind: "reject_always" },
    { optionId: "d", kind: "reject_once" },
  ];
  it("is for this one call where that can be said", () => {
    expect(answerTo({ options }, true)).toEqual({ outcome: { outcome: "selected", optionId: "b" } });
    expect(answerTo({ options }, false)).toEqual({ outcome: { outcome: "selected", optionId: "d" } });
    expect(answerTo({ options: options.slice(0, 1) }, true)).toMatchObject({ outcome: { optionId: "a" } });
    expect(answerTo({}, false)).toEqual({ outcome: { outcome: "cancelled" } });
  });
});

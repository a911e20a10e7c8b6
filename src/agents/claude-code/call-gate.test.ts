import { describe, expect, it } from "vitest";
import { createCallGate, type CallGateOptions, type ToolCall } from "./call-gate.ts";

const bash: ToolCall = {
  id: "t1",
  tool: "Bash",
  input: { command: "npm publish" },
  cwd: "/repo",
  mode: "acceptEdits",
  isOfSubagent: false,
};
const gateOf = (over: Partial<CallGateOptions> = {}) =>
  createCallGate({ rules: [], refused: new Set(), ...over });
const write = (path: string, mode = "acceptEdits"): ToolCall => ({
  ...bash,
  tool: "Write",
  input: { file_path: path },
  mode,
});

describe("a tool call of a session whose calls people are asked about", () => {
  it.each<[string, Partial<ToolCall>]>([
    ["a tool that changes nothing", { tool: "Read" }],
    ["any tool where nothing is asked at all", { mode: "bypassPermissions" }],
    ["an edit below the folder", write("/repo/src/a.ts")],
    ["an edit by a path from the folder", write("a.ts")],
    ["a notebook below the folder", { tool: "NotebookEdit", input: { notebook_path: "/repo/a.ipynb" } }],
    ["a call of a subagent", { isOfSubagent: true }],
  ])("is left to the program's own rules: %s", (_, call) => {
    expect(gateOf().before({ ...bash, ...call })).toEqual({ does: "pass" });
  });

  it.each<[string, Partial<ToolCall>]>([
    ["a shell line", {}],
    ["a tool that nobody knows", { tool: "mcp__words__say" }],
    ["an edit elsewhere", write("/etc/passwd")],
    ["an edit above", write("../a.ts")],
    ["an edit where edits are not allowed", write("a.ts", "default")],
    ["an edit of nothing", { tool: "Edit", input: {} }],
  ])("is put off first: %s", (_, call) => {
    expect(gateOf().before({ ...bash, ...call })).toEqual({ does: "defer" });
  });

  it("passes when the task allows the tool, or the whole server of it", () => {
    const gate = gateOf({ rules: ["Bash", "mcp__words", "WebFetch(domain:a.test)"] });
    expect(gate.before(bash).does).toBe("pass");
    expect(gate.before({ ...bash, tool: "mcp__words__say" }).does).toBe("pass");
    expect(gate.before({ ...bash, tool: "WebFetch" }).does).toBe("defer");
  });

  it("passes when the session goes on with it, and is for people when nothing allows it then", () => {
    const gate = gateOf({ checked: "t1" });
    expect(gate.before(bash)).toEqual({ does: "pass" });
    expect(gate.unallowed(bash)).toBeUndefined();
  });

  it("is made or not as a person has decided, with what they said", () => {
    const decided = { id: "t1", note: "not today" };
    expect(gateOf({ decided: { ...decided, allow: true } }).before(bash)).toEqual({ does: "allow" });
    expect(gateOf({ decided: { ...decided, allow: false } }).before(bash)).toEqual({
      does: "deny",
      reason: "A person was asked and denied this call: not today. Go on without it.",
    });
  });

  it("that came together with others is refused with what to do, and is put off when it comes again", () => {
    const refused = new Set<string>();
    const gate = gateOf({ refused });
    const read = { ...bash, tool: "Read", input: { file_path: "/etc/shadow" } };
    expect(gate.before(read)).toEqual({ does: "pass" });
    expect(gate.unallowed(read)).toContain("exactly the same call once more, by itself");
    expect(gateOf({ refused }).before({ ...read, id: "t2" })).toEqual({ does: "defer" });
    expect(gateOf({ refused }).before({ ...read, input: { file_path: "/etc/hosts" } }).does).toBe("pass");
  });

  it("of a subagent is refused for good", () => {
    const gate = gateOf();
    gate.before({ ...bash, isOfSubagent: true });
    expect(gate.unallowed(bash)).toContain("nobody can be asked about a call of a subagent");
  });
});

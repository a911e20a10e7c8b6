import { describe, expect, it } from "vitest";
import { labelOf, readToolCall } from "./tool-call.ts";

describe("a call of a tool is read as", () => {
  it("Claude tells it", () => {
    const call = readToolCall({
      toolCallId: "toolu_1",
      name: "Write",
      kind: "edit",
      title: "Write made.txt",
      rawInput: { file_path: "/repo/made.txt", content: "made\n" },
      content: [{ type: "diff", path: "/repo/made.txt", oldText: null, newText: "made\n" }],
      locations: [{ path: "/repo/made.txt" }],
    });
    expect(call).toMatchObject({ kind: "edit", name: "Write", paths: ["/repo/made.txt"] });
    expect(labelOf(call)).toBe("Write(/repo/made.txt)");
  });

  it("Gemini tells it, in its id and its title", () => {
    const call = readToolCall({
      toolCallId: "mcp_words_say__mcp_words_say_1795285657338_0",
      status: "pending",
      title: "say (words MCP Server)",
      kind: "other",
    });
    expect(call.name).toBe("mcp_words_say");
  });

  it("opencode tells it, its name first and what it is about later", () => {
    const first = readToolCall({
      toolCallId: "c",
      title: "bash",
      kind: "execute",
      status: "pending",
      rawInput: {},
    });
    const later = readToolCall({ toolCallId: "c", title: "read", rawInput: { command: "sleep 2" } }, first);
    expect(later).toMatchObject({ name: "bash", title: "read", command: "sleep 2" });
    expect(labelOf(later)).toBe("Bash(sleep 2)");
  });

  it("Codex tells it: a tool of a server is no program, whatever its kind says", () => {
    const said = {
      toolCallId: "c",
      kind: "execute",
      title: "mcp.words.say",
      rawInput: { server: "words", tool: "say", arguments: {} },
      _meta: { is_mcp_tool_call: true },
    };
    const first = readToolCall(said);
    const later = readToolCall({ toolCallId: "c", kind: "execute", status: "pending" }, first);
    expect(later).toMatchObject({ kind: "other", name: "mcp__words__say" });
    const shell = {
      kind: "execute",
      toolCallId: "d",
      rawInput: { command: ["/bin/bash", "-lc", "npm publish"] },
    };
    expect(readToolCall(shell).command).toBe("npm publish");
    expect(readToolCall({ ...shell, rawInput: { command: ["ls", "-l"] } }).command).toBe("ls -l");
  });

  it("nothing at all is told", () => {
    expect(labelOf(readToolCall({}))).toBe("other");
    expect(labelOf(readToolCall({ kind: "fetch", title: "a page", rawInput: { url: "https://a.b" } }))).toBe(
      "WebFetch(a page)",
    );
  });
});

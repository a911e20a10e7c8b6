import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { breakerOf, readSettings, serversOf, workspaceOf } from "./settings.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "tutti-settings-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe("settings of a project", () => {
  it("are empty without a file", () => {
    expect(readSettings(folder())).toEqual({});
  });

  it("say how circuit breakers work, and are invalid when that is no time", () => {
    expect(breakerOf({})).toEqual({ failures: 5, resetMs: 300_000 });
    expect(breakerOf({ breaker: { failures: 2, reset: "30s" } })).toEqual({ failures: 2, resetMs: 30_000 });
    expect(breakerOf({ breaker: false })).toBeUndefined();
    const dir = folder();
    for (const text of [
      "breaker: {reset: soon}",
      "breaker: {reset: 0}",
      "breaker: {failures: 0}",
      "breaker: true",
    ]) {
      writeFileSync(join(dir, "tutti.yaml"), text);
      expect(() => readSettings(dir)).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
    }
    writeFileSync(join(dir, "tutti.yaml"), "breaker: false");
    expect(readSettings(dir)).toEqual({ breaker: false });
  });

  it("say where steps work, in the words of a workflow, and are invalid where it cannot say that", () => {
    expect(workspaceOf({})).toEqual({});
    expect(workspaceOf({ workspace: "run" })).toEqual({ mode: "run" });
    const dir = folder();
    const read = (text: string) => {
      writeFileSync(join(dir, "tutti.yaml"), `workspace: ${text}`);
      return workspaceOf(readSettings(dir));
    };
    expect(read("{dir: ../trees, install: make deps, merge: {by: merge}, copy: .env}")).toEqual({
      dir: "../trees",
      trees: { copy: [".env"], install: { line: "make deps", key: [], keep: [] } },
      merge: { by: "merge" },
    });
    expect(read("{install: {run: npm ci, key: a, keep: b, timeout: 5m}}").trees?.install).toEqual({
      line: "npm ci",
      key: ["a"],
      keep: ["b"],
      timeoutMs: 300_000,
    });
    for (const text of [
      "here",
      "{mode: x}",
      "{dirs: x}",
      "{env: {A: '${ x }'}}",
      "{install: {run: a, key: b}}",
    ])
      expect(() => read(text), text).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
  });

  it("declare MCP servers, which know secrets and nothing of a run but itself", () => {
    const dir = folder();
    const written =
      "{a: {command: x, args: [1]}, b: {url: 'https://x/${ run.id }', headers: {k: '${ secrets.K }'}}}";
    writeFileSync(join(dir, "tutti.yaml"), `mcp_servers: ${written}`);
    expect(serversOf(readSettings(dir))).toEqual({
      a: { command: "x", args: ["1"], env: {} },
      b: { url: "https://x/${ run.id }", headers: { k: "${ secrets.K }" } },
    });
    for (const server of [
      "{}",
      "{command: x, url: y}",
      "{url: y, env: {}}",
      "{command: '${ inputs.a }'}",
      "{command: '${ '}",
    ]) {
      writeFileSync(join(dir, "tutti.yaml"), `mcp_servers: {a: ${server}}`);
      expect(() => readSettings(dir), server).toThrow(
        expect.objectContaining({
          code: "SETTINGS_INVALID",
          message: expect.stringContaining("mcp_servers.a: "),
        }),
      );
    }
  });

  it("are invalid, not missing, when a folder or a circle of links has their name", () => {
    const invalid = expect.objectContaining({ code: "SETTINGS_INVALID" });
    const [first, second] = [folder(), folder()];
    mkdirSync(join(first, "tutti.yaml"));
    expect(() => readSettings(first)).toThrow(invalid);
    symlinkSync("tutti.yaml", join(second, "tutti.yaml"));
    expect(() => readSettings(second)).toThrow(invalid);
  });

  it("are invalid when their aliases stand for far more than the file holds", () => {
    const dir = folder();
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? "x" : `*a${level - 1}`;
      return `k${level}: &a${level} [${Array.from({ length: 10 }, () => items).join(", ")}]`;
    });
    writeFileSync(join(dir, "tutti.yaml"), levels.join("\n"));
    expect(() => readSettings(dir)).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
  });
});

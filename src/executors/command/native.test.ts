import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isNative } from "./native.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "native-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(base, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("a command that Claude Code finds itself", () => {
  const path = ".claude/commands/review/fix.md";

  it("lies in the project, when that is where it works, or above that", () => {
    const file = write(path, "Fix it.");
    expect(isNative({ origin: "project", file }, base)).toBe(true);
    mkdirSync(join(base, "sub"));
    expect(isNative({ origin: "project", file }, join(base, "sub"))).toBe(true);
  });

  it("lies the same in the working tree", () => {
    const file = write(`project/${path}`, "Fix it.");
    write(`tree/${path}`, "Fix it.");
    expect(isNative({ origin: "project", file }, join(base, "tree"))).toBe(true);
  });

  it("is no other in the working tree, and not missing there", () => {
    const file = write(`project/${path}`, "Fix it.");
    const tree = join(base, "tree");
    mkdirSync(tree);
    expect(isNative({ origin: "project", file }, tree)).toBe(false);
    write(`tree/${path}`, "Break it.");
    expect(isNative({ origin: "project", file }, tree)).toBe(false);
  });

  it("is one of the user's, and none of a plugin or of tutti's library", () => {
    const file = write(path, "Fix it.");
    expect(isNative({ origin: "user", file }, "/nowhere")).toBe(true);
    expect(isNative({ origin: "builtin", file }, base)).toBe(false);
  });
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSettings } from "./settings.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "tutti-settings-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe("settings of a project", () => {
  it("are empty without a file", () => {
    expect(readSettings(folder())).toEqual({});
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

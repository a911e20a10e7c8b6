import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { settingsJsonSchema } from "../src/engine.ts";
import { limitsOf, readSettings } from "../src/verbs/settings.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/settings.md", import.meta.url)), "utf8");
const [example = ""] = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1] ?? "");

describe("docs/settings.md", () => {
  it("shows settings without mistakes that hold every key", () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-settings-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "tutti.yaml"), example);
    const settings = readSettings(dir);
    const { properties } = settingsJsonSchema() as { properties: Readonly<Record<string, object>> };
    expect(Object.keys(settings).toSorted()).toEqual(Object.keys(properties).toSorted());
    expect(limitsOf(settings)).toEqual({ costUsd: 5, dayUsd: 20 });
  });

  it("names every key of claude_code", () => {
    const { properties } = settingsJsonSchema() as {
      properties: { claude_code: { properties: Readonly<Record<string, object>> } };
    };
    const keys = Object.keys(properties.claude_code.properties);
    expect(keys.filter((key) => !example.includes(`  ${key}: `))).toEqual([]);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { settingsJsonSchema } from "../src/engine.ts";
import { loadWorkflow } from "../src/language/load.ts";
import { readSettings } from "../src/verbs/settings.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/models.md", import.meta.url)), "utf8");
const [workflow = "", settings = ""] = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text]) => text);

describe("docs/models.md", () => {
  it("shows a workflow without mistakes", () => {
    expect(loadWorkflow(workflow).problems).toEqual([]);
  });

  it("shows settings without mistakes", () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-models-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "tutti.yaml"), settings);
    expect(Object.keys(readSettings(dir))).toEqual(["models", "agents"]);
  });

  it("names every key of a model", () => {
    const { models } = settingsJsonSchema()["properties"] as {
      models: { additionalProperties: { properties: Readonly<Record<string, object>> } };
    };
    const table = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(table).toEqual(expect.arrayContaining(Object.keys(models.additionalProperties.properties)));
  });
});

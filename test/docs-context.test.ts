import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { contextWindowShape, referencesShape, summarizeShape } from "../src/language/context-shapes.ts";

it("docs/context.md names every key of a context window", () => {
  const page = readFileSync(fileURLToPath(new URL("../docs/context.md", import.meta.url)), "utf8");
  const keys = [contextWindowShape, summarizeShape, referencesShape].flatMap(({ leaves, parts }) => [
    ...Object.keys(leaves),
    ...parts,
  ]);
  expect(keys.filter((key) => !new RegExp(`\`${key}\`|${key}: `).test(page))).toEqual([]);
});

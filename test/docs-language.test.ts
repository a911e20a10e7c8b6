import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as containerShapes from "../src/language/container-shapes.ts";
import { loadWorkflow } from "../src/language/load.ts";
import * as refused from "../src/language/not-supported.ts";
import { workflowJsonSchema } from "../src/language/schema.ts";
import * as shapes from "../src/language/shapes.ts";
import * as workspaceShapes from "../src/language/workspace-shapes.ts";
import { parseText } from "../src/language/yaml-source.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/language.md", import.meta.url)), "utf8");
const fences = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1] ?? "");

/** The other workflows that the page calls. */
const { workflow: check } = loadWorkflow(
  "inputs: {target: string}\nchain: [{name: lint, run: npx eslint .}]",
);
const { workflow: pattern } = loadWorkflow("inputs: {goal: string}\nchain: [{prompt: '${{ inputs.goal }}'}]");
const called = {
  ...(check && { "./check.yaml": check, "./audit.yaml": check }),
  ...(pattern && { "pattern:research_plan_execute": pattern, "pattern:iterative_improvement": pattern }),
};

describe("docs/language.md", () => {
  it("shows workflows", () => {
    expect(fences.length).toBeGreaterThanOrEqual(7);
  });

  for (const [index, text] of fences.entries()) {
    it(`shows a workflow without mistakes (${index + 1})`, () => {
      expect(loadWorkflow(text, { workflows: called }).problems).toEqual([]);
    });

    it(`shows a workflow that fits the published schema (${index + 1})`, () => {
      const schema = z.fromJSONSchema(workflowJsonSchema());
      expect(schema.safeParse(parseText(text).value).error?.issues ?? []).toEqual([]);
    });
  }

  it("names every key of the language", () => {
    const keys = Object.values({ ...shapes, ...containerShapes, ...workspaceShapes }).flatMap((shape) => [
      ...Object.keys(shape.leaves),
      ...shape.parts,
    ]);
    const words = new Set(page.match(/[$\w]+/g));
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  });

  it("has every key of the workflow in its table", () => {
    const table = page.slice(page.indexOf("## The workflow"), page.indexOf("| key of `chain` |"));
    const rows = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap((row) => row[1]?.match(/[$\w]+/g) ?? []);
    const { leaves, parts } = shapes.workflowShape;
    expect(rows.toSorted()).toEqual([...Object.keys(leaves), ...parts].toSorted());
  });

  it("refuses of a workflow what is refused, and no more", () => {
    const line = /^- of a workflow: (.*)$/m.exec(page)?.[1]?.replaceAll(/\(.*?\)/g, "") ?? "";
    expect(line.match(/\w+/g)).toEqual(Object.keys(refused.notSupportedInWorkflow));
  });

  it("names everything that is refused", () => {
    const part = page.slice(page.indexOf("## What gives NOT_SUPPORTED"));
    const keys = Object.values(refused).flatMap((table) => Object.keys(table));
    expect(keys.filter((key) => !part.includes(key) && key !== "concurrency")).toEqual([]);
  });
});

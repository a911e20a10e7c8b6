import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { failureKinds } from "../src/core/policies/failure-kinds.ts";
import { loadWorkflow } from "../src/language/load.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/failure.md", import.meta.url)), "utf8");

describe("docs/failure.md", () => {
  it("has every kind of failure with its severity and response", () => {
    const rows = Object.entries(failureKinds).map(
      ([kind, { severity, response, means }]) => `| ${kind} | ${severity} | ${response} | ${means} |`,
    );
    expect(page.match(/^\| \w+\.\w+ \|.*$/gm)).toEqual(rows);
  });

  it("shows workflows without mistakes", () => {
    const [, , text = ""] = [...page.matchAll(/^```(?:bash|yaml)\n([^]*?)^```/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(loadWorkflow(text).problems).toEqual([]);
  });
});

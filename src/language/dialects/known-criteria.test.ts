import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { knownCriteria } from "./known-criteria.ts";
import { loadWorkflow } from "../load.ts";
import { parseText } from "../yaml-source.ts";
import type { JsonObject } from "../../expression/json.ts";

const folder = fileURLToPath(new URL("../../../../shared/seeds/", import.meta.url));
const page = readFileSync(fileURLToPath(new URL("../../../docs/gates.md", import.meta.url)), "utf8");

/** The names that stand in the lists and under `success_criteria` of the source documents. */
function names(): readonly string[] {
  const texts = readdirSync(folder).map((file) => readFileSync(folder + file, "utf8"));
  const lists = texts.flatMap((text) => [
    ...text.matchAll(/(?:quality_gates|blocking_requirements|final_validation): \[([^\]]*)\]/g),
  ]);
  const criteria = texts.flatMap((text) => [...text.matchAll(/success_criteria:\n((?:\s+- \w+: ".*"\n)+)/g)]);
  return [
    ...lists.flatMap(([, list = ""]) => list.split(",").map((name) => name.trim().replaceAll('"', ""))),
    ...criteria.flatMap(([, list = ""]) => [...list.matchAll(/- (\w+):/g)].map(([, name = ""]) => name)),
  ];
}

describe("names of gates in older dialects", () => {
  it.each(Object.entries(knownCriteria))("%s has a gate that checks it", (name, gate) => {
    const gates = { [name]: parseText(gate).value as JsonObject };
    const { problems } = loadWorkflow(`chain: [{name: a, run: a, gates: [${name}]}]`, { gates });
    expect(problems).toEqual([]);
    expect(page).toContain(`| \`${name}\` | \`${gate}\` |`);
  });

  it("tell in their warning what to write", () => {
    const { problems } = loadWorkflow(
      "workflow_id: x\ncommands: [{command: /a, quality_gates: [security_audit, other]}]",
    );
    expect(problems.map(({ fix }) => fix)).toEqual([
      "define it in tutti.yaml, such as gates: {security_audit: {run: npm audit --audit-level=high}}",
      "define it in tutti.yaml, such as gates: {other: {run: npm test}}",
    ]);
  });

  it("may be gates of this language, too", () => {
    const { workflow } = loadWorkflow(
      "workflow_id: x\ncommands: [{command: /a, success_criteria: [{coverage: {file: c, lines: 90}}, {coverage: full}]}]",
    );
    expect(workflow?.chain.steps[0]?.gates.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "coverage coverage of c",
      "claim coverage",
    ]);
  });

  it.skipIf(!existsSync(folder))("are all of those in the source documents (skipped when absent)", () => {
    expect(names().length).toBeGreaterThanOrEqual(24);
    expect(names().filter((name) => !Object.hasOwn(knownCriteria, name))).toEqual([]);
  });
});

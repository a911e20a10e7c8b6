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

const known = Object.entries(knownCriteria);

describe("names of gates in older dialects", () => {
  it.each(known)(
    "%s says what a judge is asked, and which gate checks it where a program can tell",
    (name, { sentence, gate }) => {
      expect(page).toContain(`| \`${name}\` | ${gate === undefined ? "" : `\`${gate}\` `}| ${sentence} |`);
      if (gate === undefined) return;
      const gates = { [name]: parseText(gate).value as JsonObject };
      const { problems } = loadWorkflow(`chain: [{name: a, run: a, gates: [${name}]}]`, { gates });
      expect(problems).toEqual([]);
    },
  );

  it("tell in one warning for each list who judges and what to write", () => {
    const { problems } = loadWorkflow(
      "workflow_id: x\ncommands: [{command: /a, quality_gates: [security_audit, other], success_criteria: {deep: very}}]",
    );
    expect(problems).toMatchObject([
      {
        severity: "warning",
        code: "JUDGED",
        message:
          'Cannot tell by a program whether "quality_gates" holds: an agent judges it, which is paid for (security_audit, other)',
        fix: 'define in tutti.yaml, under "gates:", what a program can tell, such as gates: {security_audit: {run: npm audit --audit-level=high}}',
      },
      {
        message: /"success_criteria" holds.*\(deep\)/,
        fix: 'define in tutti.yaml, under "gates:", what a program can tell',
      },
    ]);
  });

  it("are not all written out when there are very many", () => {
    const names = Array.from({ length: 14 }, (_, at) => `n${at}`).join(", ");
    const { problems } = loadWorkflow(`workflow_id: x\ncommands: [{command: /a, quality_gates: [${names}]}]`);
    expect(problems[0]?.message).toMatch(/\(n0, .*, n9, and 4 more\)$/);
  });

  it.each([
    ["{run: npm test}", "run"],
    ["[{human: ok?}]", "human"],
  ])("may be a gate of this language: %s", (written, kind) => {
    const { workflow, problems } = loadWorkflow(
      `workflow_id: x\ncommands: [{command: /a, quality_gates: ${written}}]`,
    );
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.gates).toMatchObject([{ kind }]);
  });

  it("may be gates of this language, too, which come before what is judged", () => {
    const { workflow } = loadWorkflow(
      "workflow_id: x\ncommands: [{command: /a, gates: {run: b}, success_criteria: [{coverage: full}, {coverage: {file: c, lines: 90}}, {size: 3}]}]",
    );
    expect(workflow?.chain.steps[0]?.gates).toMatchObject([
      { kind: "run", name: "b" },
      { kind: "coverage", name: "coverage of c" },
      { kind: "judge", name: "success_criteria", question: { criteria: ["coverage: full", "size: 3"] } },
    ]);
  });

  it.skipIf(!existsSync(folder))("are all of those in the source documents (skipped when absent)", () => {
    expect(names().length).toBeGreaterThanOrEqual(24);
    expect(names().filter((name) => !Object.hasOwn(knownCriteria, name))).toEqual([]);
  });
});

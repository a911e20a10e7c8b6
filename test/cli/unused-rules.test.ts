import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

it("the end of a run names the rules of its mock script that fitted nothing; a judge is found by its kind", async () => {
  const project = new Project({
    "flow.yaml": `
chain:
  - name: build
    prompt: build it
    gates: [{judge: "it is fast", level: advisory}, {duplication: "what \${ build.output } says", level: advisory}]
`,
    "mock.yaml": `rules:
  - {gate: duplication, output: {pass: false, score: 1, reasons: [lib has it], evidence: []}}
  - {gate: nothing}
  - {step: build, text: built}
  - {step: "b*"}
`,
  });
  const { status, stdout, stderr } = await project.call(["run", "flow.yaml", "--mock", "mock.yaml"]);
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("no duplicate: what … says");
  expect(stderr).toMatch(
    /rule 2 of the mock script \(gate: nothing\) fitted nothing\nrule 4 of the mock script \(step: b\*\) fitted nothing\n$/,
  );
});

import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../language/load.ts";
import { graph } from "./graph.ts";

const text = `
name: g
chain:
  parallel_where_possible: true
  error_strategy: { fallback: any }
  steps:
    - { name: a, run: "true", error_strategy: { fallback: mend } }
    - name: b
      parallel_where_possible: true
      steps:
        - { name: one, run: "true" }
        - { name: two, steps: [{ name: deep, run: "true" }] }
        - { name: end, run: "true", depends_on: [one, two] }
    - { name: c, run: "true", depends_on: [a] }
    - { name: mend, run: "true" }
    - { name: any, steps: [{ name: z, run: "true" }] }
`;

const draw = (format: Parameters<typeof graph>[1]) => {
  const { workflow, problems } = loadWorkflow(text);
  if (!workflow) throw new Error(JSON.stringify(problems));
  return graph(workflow, format);
};

describe("a workflow as a picture", () => {
  it("is a tree of lines in text, with fallbacks at the end of their block", () => {
    expect(draw("ascii")).toBe(
      `
├┬ a (run)
│└ b (chain)
│  ├┬ one (run)
│  │└ two (chain)
│  │  └─ deep (run)
│  └─ end (run)   ← one, two
├─ c (run)   ← a
├╌ mend (run)   (fallback of a)
└╌ any (chain)   (fallback of b, c)
   └─ z (run)
`.trimStart(),
    );
  });

  it("has a branch for the steps that run together last", () => {
    const { workflow } = loadWorkflow(
      "chain: {parallel_where_possible: true, steps: [{name: x, steps: [{name: y, run: a}]}, {name: z, run: a}]}",
    );
    expect(workflow && graph(workflow, "ascii")).toBe("└┬ x (chain)\n │ └─ y (run)\n └ z (run)\n");
  });

  it("shows fallbacks dashed in mermaid and dot", () => {
    const mermaid = draw("mermaid");
    expect(mermaid).toContain("  style n_3 stroke-dasharray: 5 5\n");
    expect(mermaid).toContain("  n_0 -. on failure .-> n_3\n");
    expect(mermaid).not.toContain("n_3 -. on failure");
    const dot = draw("dot");
    expect(dot).toContain('  "mend" [label="mend", style="dashed"];\n');
    expect(dot).toContain('  "any" [label="any", style="bold,dashed"];\n');
    expect(dot).toContain('  "c" -> "any" [style=dashed, label="on failure"];\n');
  });
});

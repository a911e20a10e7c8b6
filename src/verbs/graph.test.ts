import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../language/load.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
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
└╌ any (chain)   (fallback of b, c, mend)
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
    expect(mermaid).toContain("  n_3 -. on failure .-> n_4\n");
    expect(mermaid).not.toContain("n_4 -. on failure");
    const dot = draw("dot");
    expect(dot).toContain('  "mend" [label="mend", style="dashed"];\n');
    expect(dot).toContain('  "any" [label="any", style="bold,dashed"];\n');
    expect(dot).toContain('  "c" -> "any" [style=dashed, label="on failure"];\n');
  });
});

describe("the picture of nodes with parts", () => {
  const one = chainOf([stepOf("a")]);
  const workflow = workflowWith([
    stepOf("scan"),
    stepOf(
      "route",
      {
        kind: "branch",
        ways: [
          { name: "then", when: 'scan.output.x == "`#<"', chain: chainOf([stepOf("b"), stepOf("c")]) },
          { name: "else", when: "true", chain: chainOf([]) },
        ],
      },
      { needs: [{ step: "scan", because: "reference" }] },
    ),
    stepOf(
      "polish",
      { kind: "loop", chain: one, until: "x", max: 5, otherwise: "fail" },
      { needs: [{ step: "route", because: "depends_on" }] },
    ),
    stepOf("review", { kind: "each", items: "${ scan.output.list }", as: "it", concurrency: 4, chain: one }),
    stepOf("race", {
      kind: "chain",
      chain: chainOf([stepOf("x"), stepOf("y")], { parallelAlways: true }),
      join: "any",
    }),
    stepOf("twice", {
      kind: "loop",
      max: 2,
      otherwise: "accept",
      chain: chainOf([stepOf("g", { kind: "chain", chain: one })]),
    }),
    stepOf("last", {
      kind: "branch",
      ways: [
        {
          name: "only",
          chain: chainOf([stepOf("deep", { kind: "branch", ways: [{ name: "x", chain: one }] })]),
        },
      ],
    }),
    stepOf("all", { kind: "each", items: "${ [1] }", as: "i", chain: one }),
  ]);

  it("has ways, the way back, items and joins in text", () => {
    expect(graph(workflow, "ascii")).toBe(
      `
├─ scan (function)
├─ route (branch)   ← scan
│  ├─ then: if scan.output.x == "\`#<"
│  │  ├─ b (function)
│  │  └─ c (function)   ← b
│  └─ else: if true, nothing to do
├─ polish (loop until x, at most 5 rounds)   ← route
│  └─ a (function)
│  ↺ next round
├─ review (for each it of \${ scan.output.list }, 4 at once)   ← polish
│  └─ a (function)
├─ race (chain, any of 2)   ← review
│  └┬ x (function)
│   └ y (function)
├─ twice (loop, 2 rounds)   ← race
│  └─ g (chain)
│     └─ a (function)
│  ↺ next round
├─ last (branch)   ← twice
│  └─ only: otherwise
│     └─ deep (branch)
│        └─ x: otherwise
│           └─ a (function)
└─ all (for each i of \${ [1] })   ← last
   └─ a (function)
`.trimStart(),
    );
  });

  it("has a diamond with labelled ways in mermaid, and what comes after hangs on each way", () => {
    const lines = graph(workflow, "mermaid")
      .split("\n")
      .map((line) => line.trim());
    expect(lines).toContain('n_1{"route"}');
    expect(lines).toContain('n_1 -->|"if scan.output.x == #quot;#96;#35;#lt;#quot;"| n_1_w0');
    expect(lines).toContain('n_1_w1(["else: nothing"])');
    expect(lines).toEqual(
      expect.arrayContaining(["n_1_w0 --> n_2", "n_1_w1 --> n_2", 'n_1 -->|"no way"| n_2']),
    );
    expect(lines).toContain('subgraph n_2 ["polish: until x, at most 5 rounds"]');
    expect(lines).toContain("n_2_0 -. next round .-> n_2_0");
    expect(lines).toContain('subgraph n_3 ["review: for each it of ${ scan.output.list }, 4 at once"]');
    expect(lines).toContain('subgraph n_4 ["race: any of 2"]');
    // No edge goes from a subgraph to itself.
    expect(lines).not.toContain("n_5_0 -. next round .-> n_5_0");
    expect(lines).not.toContain('n_6 -->|"no way"| n_7');
  });

  it("has the same in dot, under the addresses that a run has", () => {
    const text = graph(workflow, "dot");
    expect(text).toContain('"route" [label="route", shape=diamond];');
    expect(text).toContain('"route" -> "route/then/b" [label="then: if scan.output.x == \\"`#<\\""];');
    expect(text).toContain('"route/else" [label="nothing", shape=plaintext];');
    expect(text).toContain('"route/then/c" -> "polish";');
    expect(text).toContain('"route/else" -> "polish";');
    expect(text).toContain('"route" -> "polish" [label="no way"];');
    expect(text).toContain('"polish" [label="polish\\nuntil x, at most 5 rounds", style="bold"];');
    expect(text).toContain('"polish#/a" -> "polish" [style=dashed, constraint=false, label="next round"];');
    expect(text).toContain('"review" -> "review[]/a" [style=dotted];');
    expect(text).toContain('"last/only/deep/x/a" -> "all";');
  });
});

describe("a pipeline as a picture", () => {
  const drawn = (format: Parameters<typeof graph>[1]) => {
    const { workflow } = loadWorkflow(`name: g
pipeline:
  source: in.jsonl
  stages:
    - {name: keep, when: "record.x > 1"}
    - {name: ask, prompt: "\${ batch }", agent: ann, batch_size: 5, parallelism: 2}
  sinks: [{name: out, jsonl: out.jsonl}, {name: all, from: keep, csv: all.csv}]`);
    if (!workflow) throw new Error("it does not load");
    return graph(workflow, format);
  };

  it("has its stages below it, with what they take from where that is not the one before", () => {
    expect(drawn("ascii")).toBe(
      `
└─ pipeline (pipeline)
   ├─ source (in.jsonl)
   ├─ keep (when record.x > 1)
   ├─ ask (asks ann, batches of 5, 2 at once)
   ├─ out (out.jsonl)
   └─ all (all.csv)   ← keep
`.trimStart(),
    );
  });

  it("has edges between its stages", () => {
    expect(
      drawn("mermaid")
        .split("\n")
        .filter((line) => line.includes("-->")),
    ).toEqual(["    n_0_0 --> n_0_1", "    n_0_1 --> n_0_2", "    n_0_2 --> n_0_3", "    n_0_1 --> n_0_4"]);
    expect(drawn("dot")).toContain('"pipeline/keep" -> "pipeline/ask";');
    expect(drawn("dot")).toContain(
      '"pipeline/ask" [label="ask\\nasks ann, batches of 5, 2 at once", shape=ellipse];',
    );
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = `chain:
  - name: both
    parallel: {join: all}
    steps:
      - name: write
        prompt: write it
        gates:
          - {human: "Keep \${ write.output }?", by: [ann, bob], quorum: 2, retry: 1, name: keep}
          - {run: "true"}
      - {name: other, run: "echo other >> log", gates: [{human: "And other?", deadline: 1h}]}
  - {name: after, run: "echo after >> log"}
`;
const mock = `rules:
  - {step: both/write, attempt: 1, text: first, files: {one.txt: "1"}}
  - {step: both/write, attempt: 2, prompt: too short, text: second}
otherwise: fail
`;

describe("a gate that asks people", () => {
  it("outlives kill -9 while it waits: what was done is not done again, and each answer reaches it once", async () => {
    const project = new Project({ "flow.yaml": flow, "mock.yaml": mock });
    const run = project.begin(["run", "flow.yaml", "--agent", "mock", "--mock", "mock.yaml"]);
    await run.until("waiting: an answer");
    run.child.kill("SIGKILL");
    await run.ended;
    const asked = await project.json(["asks"]);
    const [{ asks = [] } = {}] = asked.values as readonly { readonly asks?: readonly object[] }[];
    expect(asks).toHaveLength(2);
    expect(asks).toContainEqual(
      expect.objectContaining({ address: "both/write", gate: "keep", text: "Keep first?", quorum: 2 }),
    );
    expect((await project.call(["approve", "@last", "both/other"])).status).toBe(3);
    expect((await project.call(["approve", "@last", "both/write", "--as", "ann"])).status).toBe(3);
    const no = await project.call(["reject", "@last", "both/write", "--as", "bob", "--reason", "too short"]);
    expect(no.status).toBe(3);
    expect((await project.call(["asks"])).stdout).toContain("Keep second?");
    expect((await project.call(["approve", "@last", "both/write", "--as", "ann"])).status).toBe(3);
    const done = await project.call(["approve", "@last", "both/write", "--as", "bob"]);
    expect(done.status, done.stderr).toBe(0);
    expect(readFileSync(project.path("log"), "utf8")).toBe("other\nafter\n");
    const shown = await project.call(["show", "@last", "both/write"]);
    expect(shown.stdout).toContain("gate keep did not hold: bob said no: too short");
    expect(shown.stdout).toContain("gate keep held: ann and bob said yes");
  });
});

describe("a judge", () => {
  it("sends a step back with its reasons, counts in the budget, and says what it found", async () => {
    const project = new Project({
      "flow.yaml": `chain:
  - name: write
    prompt: write it
    gates: [{judge: {criteria: ["it is long"], threshold: 60}, name: long, retry: 1}]
`,
      "mock.yaml": `rules:
  - {gate: long, attempt: 1, output: {pass: true, score: 50, reasons: [rather short], evidence: []}, cost: 0.25}
  - {gate: long, output: {pass: true, score: 70, reasons: [], evidence: []}, cost: 0.25}
  - {step: write, attempt: 2, prompt: rather short, text: longer}
  - {step: write, attempt: 1, text: short}
otherwise: fail
`,
    });
    const run = await project.call(["run", "flow.yaml", "--agent", "mock", "--mock", "mock.yaml"]);
    expect(run.status, run.stderr).toBe(0);
    const shown = await project.call(["show", "@last", "write"]);
    expect(shown.stdout).toContain("mock scores it too low (50 of 100, at least 60 is wanted): rather short");
    const [view] = (await project.json(["show", "@last"])).values as readonly { readonly ledger: object }[];
    expect(view?.ledger).toMatchObject({ costUsd: 0.5, agents: 4 });
  });
});

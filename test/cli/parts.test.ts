import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, Project } from "./tutti.ts";

const workflow = `
name: parts
inputs:
  go: {type: boolean, default: true}
chain:
  error_strategy: continue_on_failure
  steps:
    - name: scan
      run: echo '{"score":5,"list":["a/1","b","c"]}'
      output: {type: object, properties: {score: {type: integer}, list: {type: array, items: {type: string}}}}
    - name: route
      flow:
        conditions:
          - if: "scan.output.score > 7"
            then: [{name: high, run: "true"}]
            else: [{name: low, run: echo it is low}]
    - name: polish
      repeat: {until: "polish.last.work >= 2", max: 5, plateau: {of: polish.last.work, rounds: 3}}
      steps: [{name: work, run: "echo \${{ polish.round }}", output: {type: integer}}]
    - name: review
      for_each: {items: "\${ scan.output.list }", as: one, key: one}
      error_strategy: continue_on_failure
      steps: [{name: look, run: "echo looking at \${{ one }}; test \${{ one }} != b"}]
    - name: hold
      wait: {signal: go}
`;

describe("a run with a branch, a loop and items", () => {
  let project: Project;
  let run: Ended;
  beforeAll(async () => {
    project = new Project({ "flow.yaml": workflow }, { keep: true });
    run = await project.call(["run", "flow.yaml"]);
  });
  afterAll(() => project.remove());

  const said = async (...args: readonly string[]) => (await project.call(args)).stdout;

  it("says in plain lines which way it took and why, and what a round came to", () => {
    expect(run.status, run.stderr).toBe(3);
    expect(run.stderr).toMatch(
      /decided +route → else: scan.output.score > 7 is false \(scan.output.score = 5\)/,
    );
    expect(run.stderr).toMatch(/round +polish#2: until is true, measure 2/);
    expect(run.stderr).toMatch(/items +review: 3 items/);
  });

  it("is planned with its ways, rounds and items", async () => {
    const text = await said("plan", "flow.yaml");
    expect(text).toContain("route: takes the first way that holds\n  then if scan.output.score > 7  1 step");
    expect(text).toContain("polish: rounds until polish.last.work >= 2, at most 5 (");
    expect(text).toContain("fails earlier when polish.last.work has not grown for 3 rounds");
    expect(text).toContain("review: for each one of ${ scan.output.list }, named by one, 8 at once;");
    expect(text).toContain("\nreview[]: one step, look\n");
    const [plan] = (await project.json(["plan", "flow.yaml"])).values;
    expect(plan).toMatchObject({
      steps: 6,
      known: 4,
      parts: [
        { kind: "branch", address: "route", ways: [{ name: "then", steps: 1 }, { name: "else" }] },
        { kind: "loop", address: "polish", max: 5 },
        { kind: "each", address: "review", as: "one", concurrency: 8 },
      ],
    });
  });

  it("is shown with what decided, what each round came to, and failed items first", async () => {
    const lines = (await said("show", "@last")).split("\n").map((line) => line.replace(/ · [\d.]+s/, ""));
    const from = lines.findIndex((line) => line.includes(" route "));
    expect(lines.slice(from, from + 12)).toEqual([
      "  verified    route → else: scan.output.score > 7 is false (scan.output.score = 5)",
      "    verified    route/else/low echo it is low",
      "  verified    polish round 2 of at most 5, best 2 · after 2 rounds its condition holds",
      "              until polish.last.work >= 2: false, true",
      "              measure polish.last.work: 1, 2 (best 2)",
      "    verified    polish#1/work echo 1",
      "    verified    polish#2/work echo 2",
      "  claimed     review 3 items, 1 failed",
      expect.stringMatching(/^ {4}failed {6}review\[b\]\/look "b" · COMMAND_FAILED: /),
      '    verified    review[a/1]/look "a/1"',
      '    verified    review[c]/look "c"',
      "  waiting     hold signal go",
    ]);
  });

  it("is in JSON with all of it", async () => {
    const [view] = (await project.json(["show", "@last"])).values;
    const nodes = view?.["nodes"] as readonly { readonly address: string }[];
    const node = (address: string) => nodes.find((one) => one.address === address);
    expect(node("route")).toMatchObject({
      decision: {
        way: "else",
        saw: [
          {
            way: "then",
            condition: "scan.output.score > 7",
            value: false,
            read: { "scan.output.score": 5 },
          },
        ],
      },
    });
    expect(node("polish")).toMatchObject({
      rounds: { round: 2, max: 5, best: 2, judged: [{ measure: 1 }, { measure: 2 }] },
    });
    expect(node("review")).toMatchObject({ items: { total: 3, good: 2, failed: 1 } });
    expect(node("review[b]")).toMatchObject({ item: "b", status: "failed", failedWithin: true });
  });

  it("shows one node with what lies in it", async () => {
    expect(await said("show", "@last", "route")).toMatch(
      /then: scan.output.score > 7 is false \(scan.output.score = 5\)\n {2}way: else\n.*route\/else\/low/,
    );
    expect(await said("show", "@last", "review[b]")).toMatch(/item: b\n[^]*review\[b\]\/look/);
    expect(await said("show", "@last", "polish")).toMatch(/^polish · \w+ · loop[^]*round 2 of at most 5/);
  });

  it("has the lines of a whole list, or of one item", async () => {
    expect(await said("logs", "@last", "review")).toContain("review[a/1]/look | looking at a/1");
    expect(await said("logs", "@last", "review[c]")).not.toContain("a/1");
    expect(await said("logs", "@last", "polish")).toContain("polish#2/work | 2");
    expect(await said("events", "@last")).toMatch(/branch.decided .*saw=scan.output.score > 7 is false/);
  });

  it("says what it waits for", async () => {
    expect(await said("why", "@last")).toContain('hold waits for signal "go"');
  });
});

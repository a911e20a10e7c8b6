import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const plan = ["--agent", "mock", "--dry-run"];

describe("tutti run pattern:NAME", { timeout: 60_000 }, () => {
  it("takes what it works on as --target", async () => {
    const project = new Project();
    const run = [
      "run",
      "pattern:research_plan_execute",
      "--target",
      "log in `$(x)` ${ y }",
      "--agent",
      "mock",
    ];
    const { status, stderr } = await project.call(run);
    expect(status, stderr).toBe(0);
    const { values } = await project.json(["show", "@last"]);
    expect(values[0]).toMatchObject({ inputs: { goal: "log in `$(x)` ${ y }" } });
  });

  it("goes round as often, and until it is as good, as is said", async () => {
    const mock = "rules: [{step: 'improve#1/judge', output: {quality_score: 70, issues: []}}]";
    const project = new Project({ "mock.yaml": mock });
    const improve = ["run", "pattern:iterative_improvement", "--target", "the parser", "--mock", "mock.yaml"];
    const good = await project.call([...improve, "--criteria", "quality_threshold_70"]);
    expect(good.status, good.stderr).toBe(0);
    expect(good.stderr).not.toContain("improve#2");
    const once = await project.call([...improve, "--criteria=90", "--max_iterations=1"]);
    expect(once.status, once.stderr).toBe(1);
    expect(once.stderr + once.stdout).toContain("LOOP_NOT_DONE");
  });

  it("routes otherwise when that is said", async () => {
    const adapt = ["run", "pattern:adaptive_workflow", "--target", "x", ...plan];
    const project = new Project();
    expect((await project.call([...adapt, "--conditions=complexity_based_routing"])).stdout).toContain(
      "route",
    );
    expect(
      (await project.call([...adapt, "--start=/query", "--conditions=if a then /task"])).stdout,
    ).toContain("query");
  });

  it.each([
    [
      ["pattern:research_plan_execute", "--target=x", "--criteria=90"],
      /no use for it\nfix: it takes --target and/,
    ],
    [["pattern:research_plan_execute", "--commands=/a"], /to run commands of your own: tutti chain "res/],
    [["pattern:adaptive_workflow", "--max_iterations=3"], /it takes --target, --start, --conditions and/],
    [["pattern:adaptive_workflow", "--conditions=complexity"], /there is no routing of this name/],
    [
      ["pattern:iterative_improvement", "--target=x", "--max-iterations=0"],
      /must be a whole number, 1 or more/,
    ],
    [["pattern:iterative_improvement", "--target=x", "--criteria=good"], /it is a score from 1 to 100/],
    [["pattern:iterative_improvement", "--criteria=101"], /it is a score from 1 to 100/],
    [["pattern:research_plan_execute", "--target=x", "--input=goal=y"], /both say what is wanted/],
    [["pattern:research_plan_execute"], /INPUT_MISSING: .*"goal".*\nfix: give it: --target "…"/],
    [["research_plan_execute"], /FILE_NOT_FOUND: .*\nfix: did you mean "pattern:research_plan_execute"\?/],
    [["research_plan_execute", "--target=x"], /\nfix: did you mean "pattern:research_plan_execute"\?/],
    [["some.yaml", "--target=x"], /give the inputs of a file with --input NAME=VALUE/],
    [["pattern:research", "--target=x"], /FILE_NOT_FOUND/],
  ])("refuses %j before anything runs", async (words, expected) => {
    const { status, stderr } = await new Project().call(["run", ...words, ...plan]);
    expect(status).toBe(2);
    expect(stderr).toMatch(expected);
  });

  it("is named nearly where a route goes on with one that there is not", async () => {
    const text = "commands: [{command: /query, next_workflow: research_plan_exec}]\n";
    const { status, stdout } = await new Project({ "a.yaml": text }).call(["validate", "a.yaml"]);
    expect(status).toBe(2);
    expect(stdout).toContain('no pattern has this name; did you mean "research_plan_execute"?');
    const other = text.replace("research_plan_exec", "zzz");
    const far = await new Project({ "a.yaml": other }).call(["validate", "a.yaml"]);
    expect(far.stdout).toContain("no pattern has this name; there are adaptive_workflow, ");
  });

  it("is what tutti chain points to for the name of a pattern", async () => {
    const project = new Project();
    const { status, stderr } = await project.call(["chain", "research_plan_execute", ...plan]);
    expect(status).toBe(2);
    expect(stderr).toContain("use: tutti run pattern:research_plan_execute --target");
    project.write({ ".claude/commands/research_plan_execute.md": "Do $ARGUMENTS\n" });
    expect((await project.call(["chain", "research_plan_execute", ...plan])).status).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

describe("tutti auto", { timeout: 60_000 }, () => {
  it("says what it found and why, then runs it", async () => {
    const project = new Project({ ".claude/commands/implement.md": "Do $ARGUMENTS\n" });
    const hostile = "fix `$(touch pwned)` ${ inputs.x } and test it";
    const { status, stdout, stderr } = await project.call(["auto", hostile, "--agent", "mock"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^complexity \d of 10/m);
    expect(stderr).toMatch(/^mode chain: one thing follows the other/m);
    expect(stderr).toContain("work /implement (the project's own)");
    expect(stdout).toMatch(/^completed auto-fix-test /m);
    const shown = await project.json(["show", "@last"]);
    expect(shown.values[0]).toMatchObject({ inputs: { task: hostile } });
    expect(await project.call(["resume", "@last"])).toMatchObject({ status: 2 });
  });

  it.each(["--plan", "--dry-run"])("shows the plan with %s and starts nothing", async (flag) => {
    const project = new Project();
    const task = "review the change for security, performance and cost";
    const plain = await project.call(["auto", task, flag, "--agent", "mock"]);
    expect(plain.status, plain.stderr).toBe(0);
    expect(plain.stdout).toMatch(/^mode swarm: several viewpoints/m);
    expect(plain.stdout).toMatch(/^note: swarm: what each agent does is known/m);
    expect(plain.stdout).toContain("looks: fork-join");
    const { values } = await project.json(["auto", task, flag, "--agent", "mock", "--input", "style=short"]);
    expect(values).toHaveLength(1);
    expect(values[0]).toMatchObject({
      steps: 4,
      auto: {
        mode: "swarm",
        score: 4,
        thinking: "standard",
        effort: "medium",
        signs: [{ points: 1 }, {}, {}],
      },
    });
    const runs = await project.json(["runs"]);
    expect(runs.values[0]).toMatchObject({ total: 0 });
  });

  it("reads the task from standard input, and takes the mode that is asked for", async () => {
    const project = new Project();
    const plan = ["auto", "-", "--plan", "--mode", "pipeline"];
    // a plan needs no agent
    const { status, stdout, stderr } = await project.call(plan, {
      input: "fix it\n",
      env: { PATH: "/nowhere" },
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("mode pipeline: it is asked for");
  });

  it("asks a person before anything risky", async () => {
    const project = new Project();
    const drop = ["auto", "drop the customers table of the production database", "--agent", "mock"];
    const waiting = await project.call(drop);
    expect(waiting.status, waiting.stderr).toBe(3);
    const approved = await project.call(["approve", "@last", "sure"]);
    expect(approved.status, approved.stderr).toBe(0);
  });

  it.each([
    [[""], /the task is empty/],
    [["x", "--mode", "quick"], /must be one of chain, flow, swarm, pipeline, hybrid/],
    [["x", "--input", "task=y"], /has one of this name already/],
    [["x", "--input", "a b=y"], /letters, digits and _ only/],
    [["-", "--detach"], /the background has no standard input/],
    [[], /the TASK is missing/],
  ])("refuses %j", async (words, expected) => {
    const { status, stderr } = await new Project().call(["auto", ...words]);
    expect(status).toBe(2);
    expect(stderr).toMatch(expected);
  });
});

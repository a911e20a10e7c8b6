import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

describe("one-line workflows that decide or repeat", { timeout: 60_000 }, () => {
  it.each([["--max_iterations=2"], ["--max-iterations=2"]])("repeats its commands with %s", async (flag) => {
    const { status, stderr } = await new Project().call(["chain", "task x", flag, "--agent", "mock"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/rounds#2\/task/);
  });

  it("decides with tutti flow, whose names are inputs", async () => {
    const project = new Project();
    const flow = ["flow", "if files > 3 then task much else query x → task little", "--agent", "mock"];
    for (const [files, address] of [
      ["4", "c1/then/task"],
      ["3", "c1/else/query"],
    ] as const) {
      const { status, stderr } = await project.call([...flow, `--input=files=${files}`]);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain(address);
    }
    expect(await project.call(flow)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("INPUT_MISSING") as string,
    });
    expect(await project.call(["flow"])).toMatchObject({ status: 2 });
  });

  it("chooses by what has worked with --adaptive, and tells what was learned", async () => {
    const script = { rules: [{ command: "hasty", fail: { message: "it does not work" } }] };
    const project = new Project({ "mock.json": JSON.stringify(script) });
    expect(await project.call(["insights"])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("nothing was learned of decisions") as string,
    });
    const line = "if files > 3 then hasty x else careful x";
    const command = (name: string) => ({ [`.claude/commands/${name}.md`]: `Do it ${name}.` });
    project.write({ ...command("hasty"), ...command("careful") });
    const flow = ["flow", line, "--input=files=4", "--adaptive", "--agent=mock", "--mock=mock.json"];
    const first = await project.call(flow);
    expect(first).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("nothing is known yet of") as string,
    });
    const ways: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      const { stderr } = await project.call(flow);
      ways.push(stderr.includes("c1/else/careful") ? "else" : "then");
    }
    // seeds differ from run to run: that the way which never works is taken every time is 1 in 180,000
    expect(ways).toContain("else");
    expect((await project.call(["show", "@last", "c1"])).stdout).toMatch(/chosen by: .*then 0 of \d/);
    expect((await project.call(["insights"])).stdout).toBe(
      "decisions: 1, 8 cases; see: tutti insights decisions\n",
    );
    const told = await project.call(["insights", "decisions", "flow"]);
    expect(told.stdout).toMatch(/`adaptive: true` prefers else: the best with \d+% certainty, on 8 cases/);
    expect((await project.json(["insights", "decisions"])).values).toMatchObject([
      { decisions: [{ workflow: "flow", place: "c1", cases: 8, prefers: { way: "else" } }] },
    ]);
    expect(await project.call(["insights", "costs"])).toMatchObject({ status: 2 });
    expect(await project.call(["insights", "--clear"])).toMatchObject({ status: 2 });
    expect((await project.json(["insights", "decisions", "other", "--clear"])).values).toEqual([
      { forgotten: 0 },
    ]);
    expect((await project.call(["insights", "decisions", "--clear"])).stdout).toBe("forgot 8 cases\n");
    expect((await project.json(["insights", "decisions"])).values).toEqual([{ decisions: [] }]);
  });

  it("remembers a decision once, also when its process was killed before it wrote it down", async () => {
    const steps = [
      {
        name: "route",
        flow: { conditions: [{ if: "true", then: [{ run: "true" }], else: [{ run: "false" }] }] },
      },
      { name: "slow", run: "test -e go || sleep 60" },
    ];
    const project = new Project({ "w.yaml": JSON.stringify({ name: "killed", chain: { steps } }) });
    const call = project.begin(["run", "w.yaml"]);
    await call.until("slow: ");
    call.child.kill("SIGKILL");
    await call.ended;
    project.write({ go: "" });
    for (const args of [
      ["resume", "@last"],
      ["resume", "@last", "--from", "slow"],
    ])
      expect(await project.call(args)).toMatchObject({ status: 0 });
    expect((await project.json(["insights", "decisions"])).values).toMatchObject([
      { decisions: [{ place: "route", cases: 1, ways: [{ way: "then", good: 1 }, { taken: 0 }] }] },
    ]);
  });
});

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
    expect(await project.call([...flow, "--adaptive", "--input=files=1"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("NOT_SUPPORTED") as string,
    });
    expect(await project.call(["flow"])).toMatchObject({ status: 2 });
  });
});

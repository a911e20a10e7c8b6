import { existsSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chainOf, jsonLines, Project } from "./tutti.ts";

describe("Ctrl-C", () => {
  it("stops the work and leaves a run that goes on where it was", async () => {
    const project = new Project({
      "flow.json": chainOf(
        "echo one >> done.txt",
        "test -f go || { touch began; sleep 60; }; echo two >> done.txt",
      ),
    });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    b");
    call.child.kill("SIGINT");
    const { status, stdout } = await call.ended;
    expect(status).toBe(130);
    expect(stdout).toContain("interrupted flow");
    const [, id = ""] = /next: tutti resume (\w+)/.exec(stdout) ?? [];
    const [run] = (await project.json(["runs"])).values;
    expect(run).toMatchObject({ runs: [{ runId: id, status: "interrupted" }] });
    project.write({ go: "" });
    const resumed = await project.call(["resume", id]);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(readFileSync(project.path("done.txt"), "utf8")).toBe("one\ntwo\n");
  });

  it("kills what was started when it comes twice", async () => {
    const project = new Project({
      "flow.json": chainOf("trap '' TERM; echo $$ > pid; echo deaf; while :; do sleep 0.1; done"),
    });
    const call = project.begin(["run", "flow.json", "--json"]);
    await call.until("attempt.started");
    const pid = await pidOf(project);
    call.child.kill("SIGINT");
    await call.until("press Ctrl-C again");
    call.child.kill("SIGINT");
    const { status, stdout, stderr } = await call.ended;
    expect(status).toBe(130);
    expect(isAlive(pid)).toBe(false);
    const [created] = jsonLines(stdout);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      `the run goes on from here with: tutti resume ${String(created?.["runId"])}`,
    );
  });
});

describe("a state folder that is removed in the middle of a run", () => {
  it("ends the run with STORE_DAMAGED, promises no resume, and stays away", async () => {
    const project = new Project({
      "flow.json": chainOf("while ! test -f go; do sleep 0.05; done; echo said", "touch second"),
    });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    rmSync(project.path(".tutti"), { recursive: true });
    project.write({ go: "" });
    const { status, stderr } = await call.ended;
    expect(status).toBe(1);
    expect(stderr).toContain("it was removed or replaced while runs were going");
    expect(stderr).not.toContain("tutti resume");
    expect(existsSync(project.path(".tutti"))).toBe(false);
    expect(existsSync(project.path("second"))).toBe(false);
  });
});

async function pidOf(project: Project): Promise<number> {
  for (;;) {
    try {
      const pid = Number(readFileSync(project.path("pid"), "utf8"));
      if (pid > 0) return pid;
    } catch {
      // not written yet
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

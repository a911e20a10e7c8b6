import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

// ends with the folder, because nobody stops what a killed process leaves behind
const busy = "echo one; echo begun; until test -f go || ! test -f flow.json; do sleep 0.05; done";
const flow = chainOf(busy, "true");

describe("a run whose process was killed", () => {
  it("is interrupted for every verb, and whoever follows it is told", async () => {
    const project = new Project({ "flow.json": flow });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    const events = project.begin(["events", "@last", "--follow"]);
    const logs = project.begin(["logs", "@last", "--follow"]);
    await Promise.all([events.until("attempt.started"), logs.until("begun")]);
    call.child.kill("SIGKILL");
    await call.ended;
    const told = /run \w+: interrupted; nobody drives it, go on with: tutti resume \w+/;
    for (const { status, stderr } of await Promise.all([events.ended, logs.ended])) {
      expect(status).toBe(130);
      expect(stderr).toMatch(told);
    }
    expect((await project.call(["watch", "@last"])).status).toBe(130);
    const { stdout } = await project.call(["show", "@last"]);
    expect(stdout).toMatch(/ · interrupted · nobody drives it, go on with: tutti resume \w+\n/);
    expect(stdout).toMatch(/\n {2}interrupted a /);
    expect((await project.call(["show", "@last", "a"])).stdout).toContain("a · interrupted · ");
    expect((await project.json(["show", "@last"])).values).toMatchObject([{ status: "interrupted" }]);
    const why = await project.call(["why", "@last"]);
    expect(why.stdout).toContain("waits for a process: nobody drives it now");
    expect(why.stdout).toMatch(/^run \w+ is interrupted/);
  });
});

describe("a run that another process took over", () => {
  it("is not said to go on by a resume", async () => {
    const project = new Project({ "flow.json": flow });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    const database = new DatabaseSync(project.path(".tutti/tutti.db"), { timeout: 5000 });
    database.exec("UPDATE runs SET epoch = epoch + 1, holder = NULL");
    database.close();
    project.write({ go: "" });
    const { status, stderr } = await call.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/LEASE_LOST: Cannot go on with run "\w+": another process took it over\n/);
    expect(stderr).toMatch(/fix: see how it goes on there: tutti watch \w+\n/);
    expect(stderr).not.toContain("tutti resume");
  });
});

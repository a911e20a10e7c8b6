import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const waiting = `chain:
  steps:
    - {name: a, run: "echo a >> log"}
    - {name: ok, wait: {signal: approved}}
    - {name: b, run: 'echo "\${{ ok.output.by }}" >> log'}
`;

describe("tutti signal", () => {
  it("lets a run that nobody drives go on here, and gives its exit status", async () => {
    const project = new Project({ "flow.yaml": waiting });
    const { status, stdout } = await project.call(["run", "flow.yaml"]);
    expect(status).toBe(3);
    expect(stdout).toContain('waits for signal "approved"');
    expect(stdout).toMatch(/next: tutti signal \w+ approved/);
    const sent = await project.call(["signal", "@last", "approved", '{"by": "ann"}']);
    expect(sent.status, sent.stderr).toBe(0);
    expect(sent.stdout).toContain("completed flow");
    expect(readFileSync(project.path("log"), "utf8")).toBe("a\nann\n");
  });

  it("is refused when no step waits for it", async () => {
    const project = new Project({ "flow.yaml": waiting });
    await project.call(["run", "flow.yaml"]);
    const { status, values } = await project.json(["signal", "@last", "aproved"]);
    expect(status).toBe(2);
    expect(values).toMatchObject([{ error: { code: "NOTHING_WAITS", fix: "its signals are: approved" } }]);
  });

  it("reaches a process that drives the run", async () => {
    const both = `chain:
  - name: together
    parallel: {join: all}
    steps:
      - {name: busy, run: "until test -f go; do sleep 0.05; done"}
      - {name: ok, wait: {signal: approved}}
      - {name: b, run: "touch go", depends_on: [ok]}
`;
    const project = new Project({ "flow.yaml": both });
    const call = project.begin(["run", "flow.yaml"]);
    await call.until("waiting    together/ok");
    const { status, values } = await project.json(["signal", "@last", "approved"]);
    expect(status).toBe(0);
    expect(values).toMatchObject([
      { sent: "signal", owner: expect.stringContaining(String(call.child.pid)) as string },
    ]);
    expect((await call.ended).status).toBe(0);
  });
});

describe("tutti answer", () => {
  it("says what becomes of a step that was interrupted", async () => {
    const flow = `chain:
  steps:
    - {name: deploy, run: "echo try >> log; test -f go || sleep 60", on_interrupt: ask}
`;
    const project = new Project({ "flow.yaml": flow });
    const call = project.begin(["run", "flow.yaml"]);
    await call.until("started    deploy");
    call.child.kill("SIGKILL");
    await call.ended;
    expect((await project.json(["runs"])).values).toMatchObject([{ runs: [{ status: "interrupted" }] }]);
    const resumed = await project.call(["resume", "@last"]);
    expect(resumed.status, resumed.stderr).toBe(3);
    expect(resumed.stdout).toMatch(/next: tutti answer \w+ deploy rerun\|fail/);
    const none = await project.call(["answer", "@last", "depoly", "rerun"]);
    expect(none).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean "deploy"?') as string,
    });
    project.write({ go: "" });
    expect((await project.call(["answer", "@last", "deploy", "rerun"])).status).toBe(0);
  });
});

describe("tutti pause", () => {
  it("leaves a run to be resumed, also one that waits for a signal", async () => {
    const both = `chain:
  - name: together
    parallel: {join: all}
    steps:
      - {name: busy, run: "until test -f go; do sleep 0.05; done"}
      - {name: also, run: "true"}
      - {name: ok, wait: {signal: approved}}
`;
    const project = new Project({ "flow.yaml": both });
    const call = project.begin(["run", "flow.yaml"]);
    await call.until("waiting    together/ok");
    expect((await project.call(["pause", "@last", "--reason", "lunch"])).status).toBe(0);
    await call.until("asked      to pause: lunch");
    const words = "pausing: lunch; what runs is left to end";
    expect((await project.call(["show", "@last"])).stdout).toContain(words);
    expect((await project.call(["why", "@last"])).stdout).toContain(words);
    expect((await project.json(["why", "@last"])).values).toMatchObject([{ pausing: true }]);
    project.write({ go: "" });
    const { status, stdout } = await call.ended;
    expect(status).toBe(3);
    expect(stdout).toMatch(/next: tutti resume \w+\n$/);
    expect((await project.json(["why", "@last"])).values).toMatchObject([{ pausing: false }]);
  });

  it("is refused for a run that nobody drives", async () => {
    const project = new Project({ "flow.yaml": waiting });
    await project.call(["run", "flow.yaml"]);
    const { status, stderr } = await project.call(["pause", "@last"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^RUN_STATE: Cannot pause run .*\nfix: .*tutti resume/);
  });
});

describe("tutti cancel", () => {
  it("ends a run that nobody drives", async () => {
    const project = new Project({ "flow.yaml": waiting });
    await project.call(["run", "flow.yaml"]);
    const { status, stdout } = await project.call(["cancel", "@last"]);
    expect(status).toBe(0);
    expect(stdout).toContain("is cancelled");
    expect((await project.json(["show", "@last"])).values).toMatchObject([{ status: "cancelled" }]);
    expect((await project.call(["cancel", "@last"])).status).toBe(2);
  });
});

describe("a RUN", () => {
  it("is named by its id, by the beginning of one or by @last", async () => {
    const project = new Project({ "flow.yaml": waiting });
    expect((await project.call(["show", "@last"])).stderr).toContain("RUN_NOT_FOUND");
    await project.call(["run", "flow.yaml"]);
    await project.call(["run", "flow.yaml"]);
    const list = (await project.json(["runs"])).values[0]?.["runs"] as readonly { readonly runId: string }[];
    const ids = list.map(({ runId }) => runId);
    for (const id of ids) {
      expect((await project.json(["show", id])).values).toMatchObject([{ id }]);
    }
    expect((await project.json(["show", "@last"])).values).toMatchObject([{ id: ids[0] }]);
    const vague = await project.call(["show", ids[0]?.slice(0, 2) ?? ""]);
    expect(vague).toMatchObject({ status: 2, stderr: expect.stringContaining("RUN_AMBIGUOUS") as string });
  });
});

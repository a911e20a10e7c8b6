import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

const greeting = `name: greeting
inputs:
  who: {type: string, default: world}
  times: {type: integer, default: 1}
chain:
  steps:
    - {name: say, run: 'echo "\${{ inputs.who }} \${{ inputs.times }}" >> said.txt'}
`;

const asking = `name: asking
chain:
  steps:
    - {name: look, command: /query, params: what is here}
    - {name: hold, run: "test -f go"}
    - {name: tell, command: /docs, params: "\${ look.output }"}
`;

const script = `rules:
  - {step: look, output: {answer: a house}, cost: 0.25}
  - {step: tell, text: told, cost: null}
`;

describe("tutti run", () => {
  it("keeps every run, also when several processes make the database at the same moment", async () => {
    const project = new Project({ "flow.yaml": chainOf("true") });
    const ended = await Promise.all(
      Array.from({ length: 4 }, () => project.call(["run", "flow.yaml", "--quiet"])),
    );
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    const { values } = await project.json(["runs"]);
    expect(values).toMatchObject([{ runs: { length: 4 } }]);
  });

  it("takes inputs one by one and from a file, the former before the latter", async () => {
    const project = new Project({ "flow.yaml": greeting, "in.json": '{"who": "file", "times": 2}' });
    const ended = await project.call(["run", "flow.yaml", "--inputs", "in.json", "--input", "who=a=b $(x)"]);
    expect(ended.status, ended.stderr).toBe(0);
    expect(readFileSync(project.path("said.txt"), "utf8")).toBe("a=b $(x) 2\n");
  });

  it("refuses all inputs that do not fit at once", async () => {
    const project = new Project({ "flow.yaml": greeting });
    const { status, stderr } = await project.call([
      "run",
      "flow.yaml",
      "--input",
      "whom=x",
      "--input",
      "times=many",
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('INPUT_UNKNOWN: Cannot set the input "whom"');
    expect(stderr).toContain("INPUT_INVALID");
    expect(stderr).toContain("2 mistakes");
  });

  it("reads a workflow from standard input, but not into the background", async () => {
    const project = new Project();
    expect((await project.call(["run", "-"], { input: chainOf("true") })).status).toBe(0);
    expect((await project.call(["run", "-", "--detach"], { input: chainOf("true") })).stderr).toContain(
      "USAGE",
    );
  });

  it("prints an estimate before the start, better when there is a history", async () => {
    const project = new Project({ "flow.yaml": asking, "mock.yaml": script, go: "" });
    const args = ["run", "flow.yaml", "--mock", "mock.yaml", "--limit", "cost=20USD", "--parallel", "2"];
    const first = await project.call(args);
    expect(first.stderr.split("\n")[0]).toBe(
      "asking: 3 steps (2 ask an agent) · about 2m 05s (a guess: no history yet) · cost unknown · " +
        "caps: $20.00, 2,000,000 tokens, 50 agent attempts, 2h 00m, 2 at once",
    );
    const second = await project.call(args);
    expect(second.stderr.split("\n")[0]).toMatch(
      /about [\d.]+s \(history for 3 of 3 steps\) · about \$0\.25 and 1 unknown price/,
    );
    // What the mock agent cost says nothing about another agent.
    const { values } = await project.json(["plan", "flow.yaml", "--agent", "claude-code"]);
    expect(values).toMatchObject([{ known: 1, cost: { knownUsd: 0, unknownSteps: 2 } }]);
  });

  it("tells the truth about cost and about what was not checked", async () => {
    const project = new Project({ "flow.yaml": asking, "mock.yaml": script, go: "" });
    const { status, stdout } = await project.call(["run", "flow.yaml", "--mock", "mock.yaml"]);
    expect(status).toBe(0);
    expect(stdout).toContain("cost ≥ $0.25, 1 price unknown");
    expect(stdout).toContain("1 verified · 2 claimed (no check declared)");
  });

  it("shows the last lines of the step that failed, and the next command", async () => {
    const project = new Project({ "flow.json": chainOf("seq 1 100; echo the end >&2; exit 9", "true") });
    const { stdout } = await project.call(["run", "flow.json"]);
    expect(stdout).toMatch(/a COMMAND_FAILED: .*exit status 9/);
    expect(stdout).toContain("    | 100\n    | the end\n");
    expect(stdout).not.toContain("| 90\n");
    expect(stdout).toContain("1 failed · 1 not run");
    expect(stdout).toMatch(
      /next: tutti resume (\w+) {3}\(when you have changed flow.json: tutti resume \1 --update\)\n$/,
    );
  });

  it("prints the run's id with --detach, and the run goes on by itself", async () => {
    const project = new Project({
      "flow.json": chainOf("until test -f go; do sleep 0.05; done; touch done"),
    });
    const { status, stdout } = await project.call(["run", "flow.json", "--detach"]);
    expect(status).toBe(0);
    const id = stdout.trim();
    expect((await project.json(["runs"])).values).toMatchObject([
      { runs: [{ runId: id, status: "executing" }] },
    ]);
    project.write({ go: "" });
    const { status: watched } = await project.call(["watch", id]);
    expect(watched).toBe(0);
    expect(existsSync(project.path("done"))).toBe(true);
  });

  it("keeps nothing of a run with save_state: false", async () => {
    const flow = JSON.stringify({ save_state: false, ...(JSON.parse(chainOf("exit 1")) as object) });
    const project = new Project({ "flow.json": flow });
    const { status, stdout } = await project.call(["run", "flow.json"]);
    expect(status).toBe(1);
    expect(stdout).not.toContain("next: tutti resume");
    expect((await project.json(["runs"])).values).toMatchObject([{ total: 0 }]);
  });

  it("refuses --detach for a run that nobody could reach", async () => {
    const flow = JSON.stringify({ save_state: false, ...(JSON.parse(chainOf("touch ran")) as object) });
    const project = new Project({ "flow.json": flow });
    const { status, stderr } = await project.call(["run", "flow.json", "--detach"]);
    expect(status).toBe(2);
    expect(stderr).toContain('USAGE: Cannot use "--detach" with "save_state: false"');
    expect((await project.call(["chain", "query x", "--no-save-state", "--detach"])).stderr).toContain(
      "USAGE",
    );
    expect(existsSync(project.path("ran"))).toBe(false);
  });

  it("replays a recording with the same files and the cost that was recorded", async () => {
    const files = { "flow.yaml": asking, go: "" };
    const recorded = `rules:\n  - {step: look, text: seen, files: {found.txt: here}, cost: 3}\n`;
    const project = new Project({ ...files, "mock.yaml": recorded });
    expect((await project.call(["run", "flow.yaml", "--mock", "mock.yaml", "--record", "tape"])).status).toBe(
      0,
    );
    const other = new Project({ ...files });
    const ended = await other.call(["run", "flow.yaml", "--replay", project.path("tape")]);
    expect(ended.status, ended.stderr).toBe(0);
    expect(readFileSync(other.path("found.txt"), "utf8")).toBe("here");
    expect(ended.stdout).toContain("cost $3.00");
  });
});

describe("tutti resume", () => {
  it("needs no arguments again: agents are opened as they were", async () => {
    const project = new Project({ "flow.yaml": asking, "mock.yaml": script });
    expect((await project.call(["run", "flow.yaml", "--mock", "mock.yaml"])).status).toBe(1);
    project.write({ go: "" });
    const { status, stdout } = await project.call(["resume", "@last"]);
    expect(status).toBe(0);
    expect(stdout).toContain("1 reused");
    const { values } = await project.json(["show", "@last", "tell"]);
    expect(values).toMatchObject([{ output: "told" }]);
  });

  it("runs a step and what depends on it again with --from", async () => {
    const project = new Project({ "flow.json": chainOf("echo a >> log", "echo b >> log", "echo c >> log") });
    await project.call(["run", "flow.json"]);
    expect((await project.call(["resume", "@last", "--from", "b"])).status).toBe(0);
    expect(readFileSync(project.path("log"), "utf8")).toBe("a\nb\nc\nb\nc\n");
    const { status, stderr } = await project.call(["resume", "@last", "--from", "z"]);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("UNKNOWN_STEP") as string,
    });
  });

  it("shows what a changed file does with --update, and re-runs only that", async () => {
    const project = new Project({ "flow.json": chainOf("echo a >> log", "exit 1") });
    await project.call(["run", "flow.json"]);
    project.write({ "flow.json": chainOf("echo a >> log", "echo b >> log", "echo c >> log") });
    const { status, stderr } = await project.call(["resume", "@last", "--update"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("the workflow has changed:\n  + c  new\n  ~ b  changed");
    expect(stderr).toContain("1 finished and unchanged; those of them that read what changed run again");
    expect(readFileSync(project.path("log"), "utf8")).toBe("a\nb\nc\n");
  });

  it("shows changed inputs, environment, caps and what else changed with --update", async () => {
    const flow = (rest: object, ...steps: readonly object[]) => JSON.stringify({ ...rest, chain: { steps } });
    const inputs = { kept: { type: "string", default: "x" }, level: { type: "number", default: 1 } };
    const a = { name: "a", run: "echo ${{ inputs.level }} >> log" };
    const b = { name: "b", run: "test -f go" };
    const before = { inputs, env: { MODE: "slow", OLD: "1" }, limits: { cost: 5, time: "1h" } };
    const project = new Project({ "flow.json": flow(before, a, b) });
    await project.call(["run", "flow.json", "--input", "kept=mine"]);
    const after = { inputs, env: { MODE: "fast" }, limits: { cost: 5, time: "2h" } };
    project.write({
      "flow.json": flow({ ...after, agent: "mock" }, a, { ...b, timeout: "9m", depends_on: ["a"] }),
      go: "",
    });
    const args = ["resume", "@last", "--update", "--input", "level=2", "--limit", "cost=20USD"];
    const { status, stderr } = await project.call(args);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain(
      `the workflow has changed:
  ~ b  depends_on, timeout changed; a result it has is kept
  ~ inputs.level  1 → 2: what uses it runs again
  ~ env.MODE  "slow" → "fast": what uses it runs again
  - env.OLD  was "1": what uses it runs again
  ~ limits.cost  $5.00 → $20.00
  ~ limits.time  1h 00m → 2h 00m
  + agent  "mock"
  1 finished and unchanged; those of them that read what changed run again
`,
    );
    expect(readFileSync(project.path("log"), "utf8")).toBe("1\n2\n");
    const same = await project.call(["resume", "@last", "--update", "--from", "b"]);
    expect(same.stderr).toContain("the workflow is the same as that of the run");
  });

  it("keeps the frozen source when the file was edited and nothing is said", async () => {
    const project = new Project({ "flow.json": chainOf("test -f go || exit 1; echo old >> log") });
    await project.call(["run", "flow.json"]);
    project.write({ "flow.json": chainOf("echo new >> log"), go: "" });
    const { status, stderr } = await project.call(["resume", "@last"]);
    expect(status).toBe(0);
    expect(readFileSync(project.path("log"), "utf8")).toBe("old\n");
    expect(stderr).toMatch(
      /^flow\.json has changed since this run began; it goes on as it was\. To take the change over: tutti resume \w+ --update$/m,
    );
  });

  it("says nothing of a file that holds the same workflow in other words, or that it took up", async () => {
    const project = new Project({ "flow.json": chainOf("exit 1") });
    await project.call(["run", "flow.json"]);
    project.write({ "flow.json": `${chainOf("exit 1")}\n` });
    expect((await project.call(["resume", "@last"])).stderr).not.toContain("has changed");
    project.write({ "flow.json": chainOf("exit 2") });
    await project.call(["resume", "@last", "--update"]);
    expect((await project.call(["resume", "@last"])).stderr).not.toContain("has changed");
    project.write({ "flow.json": "chain: [" });
    expect((await project.call(["resume", "@last"])).stderr).toContain("flow.json has changed");
  });

  it("is refused while another process drives the run, and says which", async () => {
    const project = new Project({ "flow.json": chainOf("until test -f go; do sleep 0.05; done") });
    const call = project.begin(["run", "flow.json"]);
    await call.until("started    a");
    const { status, stderr } = await project.call(["resume", "@last"]);
    expect(status).toBe(1);
    expect(stderr).toContain("RUN_OWNED");
    expect(stderr).toContain(String(call.child.pid));
    project.write({ go: "" });
    expect((await call.ended).status).toBe(0);
  });
});

describe("tutti chain", () => {
  it("runs commands one after another, with either arrow", async () => {
    const project = new Project();
    for (const text of ["query what is here → task", "query what is here -> task"]) {
      const { status, values } = await project.json(["chain", text, "--agent", "mock"]);
      expect(status).toBe(0);
      expect(values.at(-1)).toMatchObject({ name: "query-task", counts: { total: 2, claimed: 2 } });
    }
  });

  it("takes the flags of the source documents", async () => {
    const project = new Project();
    const list = ["chain", "research", "--commands=/query,/feature,/task", "--target=login", "--save-state"];
    expect((await project.call([...list, "--agent", "mock"])).status).toBe(0);
    const team = [
      "chain",
      "team",
      "--parallel=/task,/task",
      "--coordination=/swarm",
      "--integration=/session",
    ];
    const { status, values } = await project.json([...team, "--agent", "mock", "--dry-run"]);
    expect(status).toBe(0);
    expect(values).toMatchObject([
      { name: "team", blocks: [{}, { address: "parallel", strategy: "fork-join" }] },
    ]);
  });

  it.each([
    ["--adaptive", "USAGE"],
    ["--continuous", "USAGE"],
  ])("refuses %s in one error that says what to do", async (flag, code) => {
    const { status, stderr } = await new Project().call(["chain", "task x", flag, "--agent", "mock"]);
    expect(status).toBe(2);
    expect(stderr).toContain(code);
    expect(stderr).toContain("fix: ");
  });

  it("takes the last run of the same chain up with --resume-from", async () => {
    const project = new Project();
    const chain = ["chain", "query x → docs → task", "--agent", "mock"];
    const none = await project.call([...chain, "--resume-from=docs"]);
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining("RUN_NOT_FOUND") as string });
    await project.call(chain);
    const { status, values, stderr } = await project.json([...chain, "--resume-from=/docs"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^\S+: 2 steps left \(2 ask an agent\)/);
    expect(values.at(-1)).toMatchObject({ counts: { reused: 1, total: 3 } });
    expect((await project.json(["runs"])).values).toMatchObject([{ total: 1 }]);
    const typo = await project.call([...chain, "--resume-from=dcos"]);
    expect(typo.stderr).toContain("its steps are: query, docs, task");
  });
});

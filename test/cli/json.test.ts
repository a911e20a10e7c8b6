import { beforeAll, describe, expect, it } from "vitest";
import { jsonLines, Project } from "./tutti.ts";

const flow = `name: flow
chain:
  parallel_where_possible: true
  steps:
    - {name: hello, run: "echo hello; echo trouble >&2"}
    - {name: wrong, run: "exit 3", depends_on: [hello]}
`;

describe("with --json, standard output", () => {
  it("of run is the log as NDJSON and then the summary", async () => {
    const project = new Project({ "flow.yaml": flow });
    const { status, values, stderr } = await project.json(["run", "flow.yaml"]);
    expect(status).toBe(1);
    expect(values[0]).toMatchObject({ type: "run.created", workflow: { name: "flow" } });
    expect(values.at(-1)).toMatchObject({
      type: "run.summary",
      status: "failed",
      exitStatus: 1,
      counts: { verified: 1, failed: 1, total: 2 },
      failures: [{ address: "wrong", failure: { code: "COMMAND_FAILED" } }],
      next: expect.stringMatching(/^tutti resume \w+$/) as string,
    });
    expect(stderr).toContain("failed     wrong");
    const { values: events } = await project.json(["events", "@last"]);
    expect(values.slice(0, -1)).toEqual(events);
  });

  it("of resume is what happened since, and then the summary", async () => {
    const project = new Project({ "flow.yaml": flow.replace("exit 3", "test -f go") });
    const before = await project.json(["run", "flow.yaml"]);
    project.write({ go: "" });
    const { status, values } = await project.json(["resume", "@last"]);
    expect(status).toBe(0);
    const { values: events } = await project.json(["events", "@last"]);
    expect(values.slice(0, -1)).toEqual(events.slice(before.values.length - 1));
    expect(values.at(-1)).toMatchObject({ status: "completed", counts: { verified: 2, reused: 1 } });
    expect(values.at(-1)).not.toHaveProperty("next");
  });

  it("of logs --follow is one line of JSON for each printed line", async () => {
    const project = new Project({ "flow.yaml": flow });
    await project.call(["run", "flow.yaml"]);
    const { values } = await project.json(["logs", "@last", "--follow"]);
    expect(values).toEqual([
      { address: "hello", life: 1, attempt: 1, stream: "stdout", text: "hello" },
      { address: "hello", life: 1, attempt: 1, stream: "stderr", text: "trouble" },
    ]);
  });

  it("holds nothing that moves a terminal, whatever the names are", async () => {
    const name = "a\u009b31m\u202eb\u001b[2Jc";
    const project = new Project({
      "flow.json": JSON.stringify({ name, chain: { steps: [{ name: "a", run: "true" }] } }),
    });
    const { stdout } = await project.json(["run", "flow.json"]);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(jsonLines(stdout)[0]).toMatchObject({ workflow: { name } });
  });
});

describe("with --json, one object comes from", () => {
  let project: Project;

  beforeAll(async () => {
    project = new Project({ "flow.yaml": flow }, { keep: true });
    await project.call(["run", "flow.yaml"]);
    return () => project.remove();
  });

  it.each<[string, readonly string[], string]>([
    ["plan", ["plan", "flow.yaml"], "blocks"],
    ["run --dry-run", ["run", "flow.yaml", "--dry-run"], "blocks"],
    ["validate", ["validate", "flow.yaml"], "files"],
    ["runs", ["runs"], "runs"],
    ["show", ["show", "@last"], "nodes"],
    ["show of a node", ["show", "@last", "hello"], "exitCode"],
    ["logs", ["logs", "@last"], "lines"],
    ["why", ["why", "@last"], "reasons"],
    ["watch", ["watch", "@last"], "status"],
    ["commands", ["commands"], "patterns"],
    ["one command", ["commands", "task"], "allowedTools"],
    ["the graph of commands", ["commands", "--graph"], "cycles"],
    ["graph", ["graph", "flow.yaml", "--format", "mermaid"], "graph"],
    ["cache", ["cache"], "entries"],
    ["insights", ["insights"], "decisions"],
    ["insights decisions", ["insights", "decisions"], "decisions"],
    ["insights decisions --clear", ["insights", "decisions", "--clear"], "forgotten"],
    ["cache clear", ["cache", "clear"], "cleared"],
    ["audit", ["audit"], "findings"],
    ["migrate", ["migrate", "flow.yaml"], "text"],
    ["schema", ["schema"], "$schema"],
    ["schema --settings", ["schema", "--settings"], "properties"],
    ["init", ["init", "fresh"], "files"],
    ["doctor", ["doctor"], "checks"],
  ])("%s", async (_, args, key) => {
    const { values } = await project.json(args);
    expect(values).toHaveLength(1);
    expect(values[0]).toHaveProperty([key]);
  });
});

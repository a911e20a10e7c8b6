import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

const flow = `name: flow
chain:
  parallel_where_possible: true
  steps:
    - {name: left, run: "true", expect: 10s}
    - {name: right, run: "true", expect: 10s}
    - {name: both, run: "true", depends_on: [left, right], expect: 1s}
`;

const old = JSON.stringify({ type: "chain", steps: [{ id: "look", command: "/query", args: "x" }] });

describe("a verb that only reads", () => {
  it.each([
    [["plan", "flow.yaml"]],
    [["validate", "flow.yaml", "old.json"]],
    [["graph", "flow.yaml"]],
    [["migrate", "old.json"]],
    [["schema"]],
    [["commands"]],
    [["commands", "--graph"]],
    [["runs"]],
    [["doctor"]],
    [["audit"]],
    [["cache"]],
    [["insights"]],
    [["insights", "decisions"]],
    [["run", "flow.yaml", "--dry-run"]],
    [["run", "flow.yaml", "--input", "no=1"]],
    [["run", "none.yaml"]],
    [["run", "flow.yaml", "--agent", "mock", "--mock", "none.yaml"]],
  ])("makes no state folder: %j", async (args) => {
    const project = new Project({ "flow.yaml": flow, "old.json": old });
    await project.call(args);
    expect(existsSync(project.path(".tutti"))).toBe(false);
  });
});

describe("tutti plan", () => {
  it("shows order, groups, strategy, gain, critical path and caps", async () => {
    const project = new Project({ "flow.yaml": flow });
    const { status, stdout } = await project.call(["plan", "flow.yaml"]);
    expect(status).toBe(0);
    expect(stdout).toContain("fork-join");
    expect(stdout).toContain("saves 48 %");
    expect(stdout).toMatch(/1\. {2}left\n {6}right\n {2}2\. {2}both {2}after left \(depends_on\), right/);
    expect(stdout).toContain("critical path: left → both, 11s of 11s");
    expect(stdout).toContain("caps: $10.00, 2,000,000 tokens, 50 agent attempts, 2h 00m, 8 at once");
  });

  it("counts steps and waits, and fallbacks apart, and says what is a guess", async () => {
    const steps = [
      { name: "a", run: "true", error_strategy: { fallback: "mend" } },
      { name: "g", steps: [{ name: "b", run: "true" }, { wait: "2s" }] },
      { name: "mend", run: "true" },
    ];
    const project = new Project({ "flow.json": JSON.stringify({ chain: { steps } }) });
    const { stdout } = await project.call(["plan", "flow.json"]);
    expect(stdout).toContain(
      "flow: 3 steps and 1 fallback (no agent) · about 12s (a guess: no history yet) · ",
    );
    expect(stdout).toContain("      mend  (fallback of a)\n");
    const { stdout: end } = await project.call(["run", "flow.json"]);
    expect(end).toContain("3 steps: 3 verified");
    expect((await project.call(["plan", "flow.json"])).stdout).toContain("(history for 2 of 2 steps)");
  });

  it("plans with other caps", async () => {
    const project = new Project({ "flow.yaml": flow });
    const { values } = await project.json(["plan", "flow.yaml", "--limit", "parallel=1"]);
    expect(values).toMatchObject([{ limits: { parallel: 1 }, blocks: [{ strategy: "sequence" }] }]);
  });
});

describe("tutti validate", () => {
  it("lists all mistakes of all files, also of standard input", async () => {
    const project = new Project({
      "good.yaml": flow,
      "bad.yaml": "chain:\n  steps:\n    - {nam: a, run: x}\n",
    });
    const args = ["validate", "good.yaml", "bad.yaml", "none.yaml", "-"];
    const input =
      '{"chain": {"steps": [{"name": "a", "command": "/tsk"}, {"name": "b", "comand": "/nonsense"}, {"name": "c", "command": "/nonsense"}]}}';
    const { status, values } = await project.json(args, { input });
    expect(status).toBe(2);
    expect(values).toMatchObject([
      {
        ok: false,
        files: [
          { file: "good.yaml", ok: true, name: "flow", problems: [] },
          { file: "bad.yaml", ok: false, problems: [{ code: "UNKNOWN_KEY" }] },
          { file: "none.yaml", ok: false, problems: [{ code: "FILE_NOT_FOUND" }] },
          {
            file: "-",
            ok: false,
            problems: [
              { code: "UNKNOWN_KEY" },
              { severity: "error", code: "UNKNOWN_COMMAND" },
              { severity: "warning", code: "UNKNOWN_COMMAND", fix: "write /task" },
            ],
          },
        ],
      },
    ]);
  });

  it("says what is wrong with what is no text", async () => {
    const project = new Project({ "folder/flow.yaml": flow });
    writeFileSync(project.path("binary"), Buffer.from([0x7f, 0x45, 0x00, 0xff]));
    writeFileSync(project.path("latin.yaml"), Buffer.from("name: caf\xe9", "latin1"));
    const { status, values } = await project.json(["validate", "folder", "binary", "latin.yaml"]);
    expect(status).toBe(2);
    expect(values).toMatchObject([
      {
        files: [
          { problems: [{ code: "FILE_UNREADABLE", fix: "name the files in it" }] },
          { problems: [{ code: "FILE_UNREADABLE", fix: expect.stringContaining("UTF-8") as string }] },
          { problems: [{ code: "FILE_UNREADABLE", fix: expect.stringContaining("UTF-8") as string }] },
        ],
      },
    ]);
  });

  it("reads the patterns that come with tutti", async () => {
    const { values } = await new Project().json(["validate", "pattern:research_plan_execute"]);
    expect(values).toMatchObject([{ ok: true }]);
  });
});

describe("tutti graph", () => {
  it.each([
    ["mermaid", "flowchart TD"],
    ["dot", "digraph "],
    ["ascii", "left (run)"],
  ])("draws %s", async (format, text) => {
    const project = new Project({ "flow.yaml": flow });
    const { status, stdout } = await project.call(["graph", "flow.yaml", "--format", format]);
    expect(status).toBe(0);
    expect(stdout).toContain(text);
  });
});

describe("tutti migrate", () => {
  it("reads files as the other verbs do: what is no text is refused, patterns have names", async () => {
    const project = new Project();
    writeFileSync(project.path("latin.yaml"), Buffer.from("name: caf\xe9\nchain: [{run: x}]", "latin1"));
    const { status, values } = await project.json(["migrate", "latin.yaml", "--out", "new.yaml"]);
    expect(status).toBe(2);
    expect(values).toMatchObject([{ error: { code: "FILE_UNREADABLE" } }]);
    expect(existsSync(project.path("new.yaml"))).toBe(false);
    const folder = await project.json(["migrate", "."]);
    expect(folder.values).toMatchObject([{ error: { fix: "name the files in it" } }]);
    expect((await project.call(["migrate", "pattern:research_plan_execute"])).stdout).toContain("chain:");
    expect((await project.call(["migrate", "pattern:research_plan_execute", "--write"])).status).toBe(2);
  });

  it("refuses what would lose something", async () => {
    const project = new Project({
      "old.json": '{"chain": [{"function": "f", "with": {"id": 12345678901234567890}}]}',
    });
    const { values } = await project.json(["migrate", "old.json"]);
    expect(values).toMatchObject([{ error: { code: "YAML_SYNTAX", fix: "put it into quotes" } }]);
  });

  it("writes the canonical form to standard output, into the file or into a new one", async () => {
    const project = new Project({ "old.json": old, "old.yaml": old });
    const { stdout } = await project.call(["migrate", "old.json"]);
    expect(stdout).toContain("command: /query");
    expect((await project.call(["migrate", "old.json", "--out", "new.yaml"])).status).toBe(0);
    expect(readFileSync(project.path("new.yaml"), "utf8")).toBe(stdout);
    const again = await project.call(["migrate", "old.json", "--out", "new.yaml"]);
    expect(again).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("there is such a file already") as string,
    });
    expect((await project.call(["migrate", "old.yaml", "--write"])).status).toBe(0);
    expect(readFileSync(project.path("old.yaml"), "utf8")).toBe(stdout);
  });

  it("writes JSON into a file whose name says so", async () => {
    const project = new Project({ "old.json": old });
    expect((await project.call(["migrate", "old.json", "--out", "new.JSON"])).status).toBe(0);
    expect((await project.call(["migrate", "old.json", "--write"])).status).toBe(0);
    const written = readFileSync(project.path("old.json"), "utf8");
    expect(JSON.stringify(JSON.parse(written))).toContain('"command":"/query"');
    expect(readFileSync(project.path("new.JSON"), "utf8")).toBe(written);
  });
});

describe("tutti init", () => {
  it("writes a workflow that runs at once and is verified by a gate", async () => {
    const project = new Project();
    expect((await project.call(["init"])).status).toBe(0);
    const { status, stdout, stderr } = await project.call(["run", "workflows/first.yaml", "--agent", "mock"]);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("3 verified");
    expect(readFileSync(project.path("greeting.txt"), "utf8")).not.toBe("");
  });

  it("writes over nothing, and no command where there are some", async () => {
    const project = new Project({ "tutti.yaml": "# mine\n", ".claude/commands/own.md": "do it\n" });
    const { values } = await project.json(["init"]);
    expect(values).toMatchObject([
      {
        files: [
          { path: "workflows/first.yaml", written: true },
          { path: "tutti.yaml", written: false },
        ],
      },
    ]);
    expect(readFileSync(project.path("tutti.yaml"), "utf8")).toBe("# mine\n");
    expect(existsSync(project.path(".claude/commands/greet.md"))).toBe(false);
  });
});

describe("tutti doctor", () => {
  it("is content with this machine, and says what is missing with a fix", async () => {
    const project = new Project({ "flow.json": chainOf("true") });
    await project.call(["run", "flow.json"]);
    const { status, values } = await project.json(["doctor"], { env: { PATH: "/nowhere" } });
    expect(status).toBe(0);
    expect(values).toMatchObject([{ ok: true }]);
    const checks = values[0]?.["checks"] as readonly {
      readonly name: string;
      readonly result: string;
      readonly fix?: string;
    }[];
    expect(checks.map(({ name, result }) => [name, result])).toEqual([
      ["node", "ok"],
      ["git", "warn"],
      ["shell", "ok"],
      ["disk", expect.any(String)],
      ["settings", "ok"],
      ["state folder", "ok"],
      ["database", "ok"],
      ["commands", "ok"],
      ["agent claude-code", "warn"],
      ...["claude-acp", "gemini", "opencode", "codex"].map((name) => [`agent ${name}`, "warn"]),
      ["agent mock", "ok"],
      ["agent model", "ok"],
      ["working trees", "ok"],
    ]);
    for (const { result, fix } of checks) expect(fix === undefined).toBe(result === "ok");
  });

  it("shows open circuit breakers, and closes them on request", async () => {
    const step = (name: string) => ({
      name,
      http: "http://127.0.0.1:1/",
      retry: { max: 1, on: ["timeout"] },
    });
    const chain = { error_strategy: "continue_on_failure", steps: ["a", "b", "c", "d", "e"].map(step) };
    const project = new Project({ "flow.json": JSON.stringify({ name: "x", chain }) });
    await project.call(["run", "flow.json"]);
    const shown = await project.call(["show", "@last", "a"]);
    expect(shown.stdout).toContain("kind: system.external, major");
    const before = await project.call(["doctor"]);
    expect(before.stdout).toMatch(
      /warn circuit breaker +service http:\/\/127\.0\.0\.1:1: open until .*, 5 failures in a row: Cannot finish .*\n +fix: .*--reset-breakers/,
    );
    expect(before.status).toBe(0);
    const after = await project.call(["doctor", "--reset-breakers"]);
    expect(after.stdout).not.toContain("circuit breaker");
  });

  it("fails with exit status 1 where tutti cannot work", async () => {
    const project = new Project({ "tutti.yaml": "limits: {cost: many}\n" });
    const { status, values } = await project.json(["doctor"]);
    expect(status).toBe(1);
    expect(values).toMatchObject([{ ok: false }]);
    expect(JSON.stringify(values)).toContain("US dollars");
  });
});

describe("tutti commands", () => {
  const files = {
    ".claude/commands/plan/execute.md":
      "---\ndescription: Plans: all of it\ndependencies: [build]\n---\nPlan $ARGUMENTS\n",
    ".claude/commands/build.md":
      "---\ndescription: Builds\ndependencies: [plan]\nallowed-tools: Bash(make *), Read\n---\nBuild\n",
  };

  it("lists them with the patterns, and tells of repairs", async () => {
    const project = new Project(files);
    const { status, stdout, stderr } = await project.call(["commands"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\/build +\w+ +project +Builds$/m);
    expect(stdout).toMatch(/^pattern:research_plan_execute +workflow +builtin/m);
    expect(stderr).toContain("COMMAND_REPAIRED (warning)");
  });

  it("finds one by any of its names, or names the nearest", async () => {
    const project = new Project(files);
    for (const name of ["plan", "/plan", "plan/execute"]) {
      const { stdout } = await project.call(["commands", name]);
      expect(stdout, name).toContain("Plans: all of it");
    }
    const { status, stderr } = await project.call(["commands", "nonsense"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^UNKNOWN_COMMAND: Cannot .*\nfix: /);
  });

  it("shows the whole circle of needs", async () => {
    const project = new Project(files);
    const { stdout } = await project.call(["commands", "--graph"]);
    expect(stdout).toMatch(/circle (build → plan[:\w]* → build|plan[:\w]* → build → plan[:\w]*)/);
  });
});

import { describe, expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

describe("the command line", () => {
  it("says the first five things to do when nothing is asked", async () => {
    const { status, stdout } = await new Project().call([]);
    expect(status).toBe(0);
    expect(stdout.match(/^ {2}tutti /gm)).toHaveLength(5);
  });

  it("lists every verb in its help, and no verb of a later version", async () => {
    const { status, stdout } = await new Project().call(["--help"]);
    expect(status).toBe(0);
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+) +\S/gm)].map((match) => match[1]);
    expect(verbs.join(" ")).toBe(
      "run chain flow swarm pipeline auto plan validate resume pause cancel signal asks approve reject answer runs show logs events why watch checkpoints rollback rewind fork land commands graph " +
        "budget insights memory cache audit migrate schema init doctor",
    );
    for (const later of ["session", "report", "serve"]) expect(stdout).not.toContain(later);
  });

  it("shows an example in the help of every verb", { timeout: 60_000 }, async () => {
    const project = new Project();
    const { stdout: help } = await project.call(["--help"]);
    const verbs = [...help.matchAll(/^ {2}([a-z]+) +\S/gm)].map((match) => match[1] ?? "");
    for (const verb of verbs) {
      const { status, stdout } = await project.call([verb, "--help"]);
      expect(status, verb).toBe(0);
      expect(stdout, verb).toContain(`Usage: tutti ${verb}`);
      expect(stdout, verb).toMatch(new RegExp(`Examples:\\n.*tutti ${verb}`));
    }
  });

  it.each([
    [["rnu"], 'did you mean "tutti run"?'],
    [["list"], 'did you mean "tutti runs"?'],
    [["status"], 'did you mean "tutti show"?'],
    [["version"], 'did you mean "tutti --version"?'],
    [["stop"], 'did you mean "tutti cancel"?'],
    [["flow.yaml"], 'did you mean "tutti run flow.yaml"?'],
    [["run", "x.yaml", "--lmit", "cost=1"], 'did you mean "--limit"?'],
    [["run"], "FILE is missing"],
    [["chain"], "TEXT is missing"],
    [["why"], "the RUN is missing\nfix: name a run, such as the last one: tutti why @last; see"],
    [["show"], "tutti show @last"],
    [["approve"], "tutti approve @last"],
    [["why", "a", "b"], "more arguments"],
    [["run", "x.yaml", "--agent"], "its value is missing"],
    [["runs", "--limit", "none"], "whole number"],
    [["runs", "--status", "faild"], 'did you mean "failed"?'],
    [["graph", "x.yaml", "--format", "png"], "mermaid, dot, ascii"],
    [["run", "x.yaml", "--limit", "cost"], "NAME=VALUE"],
    [["run", "x.yaml", "--mock", "a", "--replay", "b"], "together"],
    [["run", "x.yaml", "--mock", "a", "--agent", "claude-code"], "leave --agent out"],
    [["signal", "@last", "go", "{nope"], "it is not JSON"],
    [["--frobnicate"], 'Cannot use the flag "--frobnicate"'],
    [["migrate", "x", "--write", "--out", "y"], "take one of them"],
  ])("answers %j with exit status 2, what is wrong and a fix", async (args, text) => {
    const { status, stdout, stderr } = await new Project().call(args);
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^USAGE: Cannot .*\nfix: .+\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it.each(["report", "serve", "mcp", "session"])(
    "refuses %s in one line, with what to do meanwhile",
    async (verb) => {
      const { status, stderr } = await new Project().call([verb, "anything", "--start=x"]);
      expect(status).toBe(2);
      expect(stderr).toMatch(new RegExp(`^NOT_SUPPORTED: Cannot run "tutti ${verb}".*\\nfix: .+\\n$`));
    },
  );

  it("takes flags for every verb before and after it", async () => {
    const project = new Project({ "sub/flow.json": chainOf("true") });
    const { status, stdout } = await project.call(["--cwd", "sub", "--json", "validate", "flow.json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });

  it("keeps state where --home says", async () => {
    const project = new Project({ "flow.json": chainOf("true") });
    expect((await project.call(["run", "flow.json", "--home", "elsewhere"])).status).toBe(0);
    const { values } = await project.json(["runs", "--home", "elsewhere"]);
    expect(values).toMatchObject([{ total: 1 }]);
    expect((await project.json(["runs"])).values).toMatchObject([{ total: 0 }]);
  });

  it("prints errors as one JSON object on standard output when asked for JSON", async () => {
    const project = new Project({ "bad.yaml": "chain:\n  steps:\n    - {name: a, rn: x}\n" });
    const bad = await project.json(["run", "bad.yaml"]);
    expect(bad.status).toBe(2);
    expect(bad.values).toMatchObject([
      {
        error: { code: "UNKNOWN_KEY", fix: 'write "run"', source: { file: "bad.yaml", line: 3, column: 17 } },
      },
    ]);
    expect(bad.values[0]).toHaveProperty("error.problems");
    const typo = await project.json(["rnu"]);
    expect(typo.values).toMatchObject([{ error: { code: "USAGE" } }]);
  });

  it("shows the place and a caret under it", async () => {
    const project = new Project({ "bad.yaml": "chain:\n  steps:\n    - {name: a, rn: x}\n" });
    const { stderr } = await project.call(["run", "bad.yaml"]);
    expect(stderr).toBe(
      [
        'UNKNOWN_KEY: Cannot read "rn": a step has no such key',
        "  at bad.yaml:3:17",
        "  |     - {name: a, rn: x}",
        "  |                 ^^",
        'fix: write "run"',
        "",
      ].join("\n"),
    );
  });

  it("prints a stack trace with --debug only", async () => {
    const project = new Project();
    const plain = await project.call(["run", "none.yaml"]);
    expect(plain.stderr).not.toContain("    at ");
    const debug = await project.call(["run", "none.yaml", "--debug"]);
    expect(debug.stderr).toContain("    at ");
    expect(debug.status).toBe(2);
  });

  it("says that settings have a mistake", async () => {
    const project = new Project({ "tutti.yaml": "agnet: mock\n" });
    const { status, stderr } = await project.call(["runs"]);
    expect(status).toBe(2);
    expect(stderr).toContain("SETTINGS_INVALID: Cannot read the settings");
  });
});

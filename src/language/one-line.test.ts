import { describe, expect, it } from "vitest";
import type { LoadOptions } from "./load.ts";
import { loadOneLine, type OneLineFlags } from "./one-line.ts";
import type { Step } from "./workflow.ts";

/** Steps as `name /command(params)`, groups as `name[…; …]`. */
function chain(text: string, options: LoadOptions & OneLineFlags = {}): string[] {
  const { workflow, problems, dialect } = loadOneLine("chain", text, options);
  expect(problems).toEqual([]);
  expect(dialect).toBe("one-line");
  return (workflow?.chain.steps ?? []).map(shown);
}

function shown({ name, action }: Step): string {
  if (action.kind === "chain") return `${name}[${action.chain.steps.map(shown).join("; ")}]`;
  return action.kind === "command" ? `${name} ${action.command}(${action.params})` : name;
}

describe("loadOneLine", () => {
  it("reads commands between arrows of any form", () => {
    const expected = ["query /query(x y)", "feature /feature()", "task /task(z)"];
    expect(chain("query x y → feature → task z")).toEqual(expected);
    expect(chain("/query x y -> /feature => /task z")).toEqual(expected);
    expect(chain("query x y->feature->task z")).toEqual(expected);
  });

  it("tells each command the output of the one before", () => {
    const { workflow } = loadOneLine("chain", "query → task");
    expect(workflow?.chain.steps[1]?.action).toMatchObject({ context: { previous: "${ query.output }" } });
    expect(workflow?.chain.steps[1]?.needs).toMatchObject([{ step: "query", because: "reference" }]);
    expect(workflow).toMatchObject({
      name: "query-task",
      saveState: true,
      chain: { parallelWherePossible: false },
    });
  });

  it("lets quotes and parentheses protect arrows, and takes an apostrophe as one", () => {
    expect(chain('query "a → b" → task x(a -> b)')).toEqual([
      'query /query("a → b")',
      "task /task(x(a -> b))",
    ]);
    const apostrophe = "\"query a\" → 'task' → docs user's login";
    expect(chain(apostrophe)).toEqual(["query /query(a)", "task /task()", "docs /docs(user's login)"]);
    expect(chain('query "open → task')).toEqual(['query /query("open)', "task /task()"]);
  });

  it("gives repeated commands names of their own, and none a reserved one", () => {
    const names = ["task /task(a)", "task_2 /task(b)", "run_step /run()", "command /…()"];
    expect(chain("task a → task b → run → …")).toEqual(names);
  });

  it("runs what stands in parallel( ) together", () => {
    const text = "query q → parallel(task a, task b (x, y)) → docs";
    expect(chain(text)).toEqual([
      "query /query(q)",
      "parallel[task /task(a); task_2 /task(b (x, y))]",
      "docs /docs()",
    ]);
    const steps = loadOneLine("chain", text).workflow?.chain.steps;
    expect(steps?.map((step) => step.needs.map((need) => need.step))).toEqual([[], ["query"], ["parallel"]]);
    expect(steps?.[1]?.action).toMatchObject({ chain: { parallelWherePossible: true } });
    expect(chain("parallel(task a, task b)")).toEqual(["parallel[task /task(a); task_2 /task(b)]"]);
  });

  it("knows a family's command by its two words", () => {
    const commands = ["milestone:plan", "query"];
    expect(chain("milestone plan now → query x", { commands })).toEqual([
      "milestone_plan /milestone:plan(now)",
      "query /query(x)",
    ]);
  });

  it("takes the flags of the source documents", () => {
    const list = { commandList: "/query,/feature", target: "auth" };
    expect(chain("research", list)).toEqual(["query /query(auth)", "feature /feature(auth)"]);
    const flags = { parallel: "/task,/task", coordination: "/swarm", integration: "/session" };
    expect(chain("multi", flags)).toEqual([
      "swarm /swarm()",
      "parallel[task /task(); task_2 /task()]",
      "session /session()",
    ]);
    expect(loadOneLine("chain", "multi", flags).workflow?.name).toBe("multi");
    expect(loadOneLine("chain", " ", { commandList: "/query" }).workflow?.name).toBe("query");
    const { workflow } = loadOneLine("chain", "a", {
      name: "n",
      saveState: false,
      parallelWherePossible: true,
    });
    expect(workflow).toMatchObject({ name: "n", saveState: false, chain: { parallelWherePossible: true } });
    expect(chain("query → task y", { target: "t" })).toEqual(["query /query(t)", "task /task(y)"]);
  });

  it("shows mistakes at their place in the text", () => {
    const { problems } = loadOneLine("chain", "query x → qery → task ${ inputs.y }", {
      commands: ["query", "task"],
    });
    expect(problems).toMatchObject([
      { code: "UNKNOWN_COMMAND", source: { line: 1, column: 11, length: 4 } },
      { code: "UNKNOWN_NAME", source: { line: 1, column: 26, length: 8 } },
    ]);
    expect(loadOneLine("chain", "query → → task →").problems).toMatchObject([
      { code: "USAGE", source: { column: 8 } },
      { code: "USAGE", source: { column: 17 } },
    ]);
    expect(loadOneLine("chain", "  ").problems).toMatchObject([{ code: "USAGE" }]);
    expect(loadOneLine("chain", "parallel()").problems).toMatchObject([{ code: "USAGE" }]);
    expect(loadOneLine("chain", "n", { commandList: "/qery", commands: ["query"] }).problems).toMatchObject([
      { code: "UNKNOWN_COMMAND", source: { column: 1 } },
    ]);
  });

  it("refuses --continuous, which is for pipelines", () => {
    for (const verb of ["chain", "flow"] as const)
      expect(loadOneLine(verb, "query", { continuous: true }).problems[0]).toMatchObject({
        code: "USAGE",
      });
  });

  it.each<[OneLineFlags, RegExp]>([
    [{ start: "/auto" }, /^write --start="\/auto" --conditions=/],
    [{ conditions: "if a then b" }, /^write --start=/],
    [{ start: "/auto", conditions: "if a then b", command: "/x" }, /^take one/],
    [{ start: "", conditions: "if a then b" }, /^write --start="\/auto"$/],
    [{ command: "/x", commandList: "/y" }, /^take one/],
    [{ adaptive: true }, /^take it out, or decide with --start/],
    [{ maxIterations: "often" }, /^write --max_iterations="3"/],
    [{ maxIterations: 0 }, /^write --max_iterations="3"/],
    [{ parallel: "/a,/b", criteria: "done" }, /^add --integration/],
    [{ start: "/auto", conditions: "b" }, /^write complexity_based_routing, or "if CONDITION/],
    [{ start: "/auto", conditions: "complexity_routing" }, /^write "complexity_based_routing"/],
    [{ start: "/auto", conditions: "b c" }, /^write it as "if CONDITION/],
  ])("refuses %j, which does not fit together", (flags, fix) => {
    expect(loadOneLine("chain", "query", flags).problems).toMatchObject([
      { code: "USAGE", fix: expect.stringMatching(fix) as string, source: { column: 1 } },
    ]);
  });

  it("refuses flags that go with nothing, and takes false as not given", () => {
    expect(loadOneLine("chain", "x", { integration: "/session" }).problems).toMatchObject([
      { code: "USAGE" },
    ]);
    expect(loadOneLine("chain", "x", { coordination: "/swarm" }).problems).toMatchObject([{ code: "USAGE" }]);
    expect(loadOneLine("chain", "query", { adaptive: false }).problems).toEqual([]);
  });
});

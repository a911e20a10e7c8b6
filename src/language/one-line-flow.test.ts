import { describe, expect, it } from "vitest";
import { loadOneLine, type OneLineFlags } from "./one-line.ts";
import type { Chain } from "./workflow.ts";

function shown(chain: Chain | undefined): string {
  return (chain?.steps ?? [])
    .map(({ name, action }) => {
      switch (action.kind) {
        case "command":
          return `${name} ${action.command}(${action.params})`;
        case "branch":
          return `${name}{${action.ways.map((way) => `${way.when ?? "else"}: ${shown(way.chain)}`).join(" | ")}}`;
        case "loop":
          return `${name}(${action.until ?? "-"} max ${action.max})[${shown(action.chain)}]`;
        case "chain":
          return `${name}[${shown(action.chain)}]`;
        default:
          return name;
      }
    })
    .join("; ");
}

function flow(text: string, flags: OneLineFlags = {}) {
  const { workflow, problems, dialect } = loadOneLine("flow", text, flags);
  expect(problems).toEqual([]);
  expect(dialect).toBe("one-line");
  return { workflow, steps: shown(workflow?.chain) };
}

describe("tutti flow", () => {
  it("reads if, then and else; names that nobody gives are inputs", () => {
    const { workflow, steps } = flow("if codebase.complexity > 1000 then /swarm deep team else task look", {
      saveState: false,
    });
    expect(steps).toBe(
      "c1{inputs.codebase.complexity > 1000: swarm /swarm(deep team) | else: task /task(look)}",
    );
    expect(workflow).toMatchObject({
      name: "flow",
      saveState: false,
      inputs: { codebase: { required: true, schema: { properties: { complexity: { type: "number" } } } } },
    });
  });

  it("goes on with else if, has lines of commands on its ways, and several sentences", () => {
    expect(
      flow(
        "IF inputs.files > 3 AND kind == 'a then b' THEN query x → task y ELSE IF NOT urgent THEN parallel(task a, task b) else docs; if urgent then docs 'if we else then';",
        { target: "it", name: "n" },
      ).steps,
    ).toBe(
      "c1{inputs.files > 3 AND inputs.kind == 'a then b': query /query(x); task /task(y) | else: route{NOT inputs.urgent: parallel[task /task(a); task_2 /task(b)] | else: docs /docs(it)}}; c2{inputs.urgent: docs /docs('if we else then')}",
    );
  });

  it("takes words inside others for what they are", () => {
    expect(flow("if authentic then /else-where a if-then x").steps).toBe(
      "c1{inputs.authentic: else_where /else-where(a if-then x)}",
    );
  });

  it.each([
    ["", "", "it begins with no `if`"],
    ["whatever", "whatever", "it begins with no `if`"],
    ["run if a then b", "run if a then b", "it begins with no `if`"],
    ["if a", "if a", "it has no `then`"],
    ["if then b", "then", "there is no condition before `then`"],
    ["if a then", "then", "there is no command at this place"],
    ["if a then b else", "else", "there is no command at this place"],
    ["if a then b → → c", " ", "there is no command at this place"],
    ["if a then if b then c", "if", "a way holds commands only"],
    ["if a then b else c else d", "else", "a way holds commands only"],
    ["if a then b else if c", "if c", "it has no `then`"],
    ["if a then b;; if c then d", ";", "it begins with no `if`"],
  ])("refuses %j, with its place", (text, marked, why) => {
    const { problems } = loadOneLine("flow", text);
    expect(problems).toMatchObject([{ code: "USAGE", message: expect.stringContaining(why) as string }]);
    const { column = 1, length = 0 } = problems[0]?.source ?? {};
    expect(text.slice(column - 1, column - 1 + length).trim()).toBe(marked.trim());
  });

  it("says what is wrong in a condition or command at its place, and takes no flags of chains", () => {
    expect(loadOneLine("flow", "if a >> 3 then b").problems).toMatchObject([
      { code: "EXPRESSION_SYNTAX", source: { column: 7 } },
    ]);
    expect(loadOneLine("flow", "if a then qery x", { commands: ["query"] }).problems).toMatchObject([
      { code: "UNKNOWN_COMMAND", source: { column: 11, length: 4 } },
    ]);
    expect(loadOneLine("flow", "if a then b", { command: "/x" }).problems).toMatchObject([
      { code: "USAGE", fix: expect.stringContaining("tutti chain") as string },
    ]);
  });
});

describe("tutti chain with criteria or routing", () => {
  function chain(text: string, flags: OneLineFlags) {
    const { workflow, problems } = loadOneLine("chain", text, flags);
    expect(problems).toEqual([]);
    return workflow;
  }

  it("repeats its commands until a threshold is reached, and says what to measure", () => {
    const flags = { command: "/task", criteria: "quality_threshold_90", maxIterations: "3", target: "it" };
    const workflow = chain("iterative_improvement", flags);
    expect(workflow?.name).toBe("iterative_improvement");
    expect(shown(workflow?.chain)).toBe("rounds(rounds.last.task.quality_score >= 90 max 3)[task /task(it)]");
    expect(workflow?.chain.steps[0]?.action).toMatchObject({
      plateau: { of: "rounds.last.task.quality_score", rounds: 2 },
      otherwise: "fail",
      chain: {
        steps: [
          {
            action: { context: { criteria: "quality_threshold_90", round_before: "${ rounds.last }" } },
            output: { properties: { quality_score: { type: "number" } }, required: ["quality_score"] },
          },
        ],
      },
    });
  });

  it("repeats the commands of its text, until a condition over the last one holds, or a number of times", () => {
    expect(shown(chain("task x → my-check", { criteria: "all_pass AND coverage > 80" })?.chain)).toBe(
      "rounds(rounds.last.my_check.all_pass AND rounds.last.my_check.coverage > 80 max 10)[task /task(x); my_check /my-check()]",
    );
    expect(shown(chain("rounds", { criteria: "test_coverage_threshold_80.5" })?.chain)).toBe(
      "rounds_2(rounds_2.last.rounds.test_coverage >= 80.5 max 10)[rounds /rounds()]",
    );
    expect(shown(chain("task x", { maxIterations: 2 })?.chain)).toBe("rounds(- max 2)[task /task(x)]");
  });

  it("routes by what its first command finds out", () => {
    const flags = { start: "/auto", conditions: "complexity_based_routing", target: "it" };
    const workflow = chain("adaptive_development", flags);
    expect(workflow?.name).toBe("adaptive_development");
    expect(shown(workflow?.chain)).toBe(
      "auto /auto(it); route{auto.output.complexity <= 2: task /task(it) | else: route{auto.output.complexity <= 6: feature /feature(it); task /task(it) | else: query /query(it); feature /feature(it); task /task(it)}}",
    );
    expect(workflow?.chain.steps[0]).toMatchObject({ output: { required: ["complexity"] } });
    const own = chain("n", { start: "look around", conditions: "if risky then /protocol else /task" });
    expect(shown(own?.chain)).toBe(
      "look /look(around); route{look.output.risky: protocol /protocol() | else: task /task()}",
    );
    expect(own?.chain.steps[1]?.needs).toMatchObject([{ step: "look" }]);
    const adaptive = chain("n", { ...flags, adaptive: true });
    expect(JSON.stringify(adaptive).match(/"adaptive":true/g)).toHaveLength(2);
  });

  it("chooses by what has worked when asked, in its own decisions too", () => {
    const text = "if a then task x else if b then task y else task z";
    for (const adaptive of [true, false]) {
      const { workflow } = loadOneLine("flow", text, { adaptive });
      expect(JSON.stringify(workflow).match(/"adaptive":true/g)?.length).toBe(adaptive ? 2 : undefined);
    }
  });
});

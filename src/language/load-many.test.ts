import { describe, expect, it } from "vitest";
import type { Problem } from "../errors.ts";
import { loadWorkflow, type LoadOptions } from "./load.ts";
import { renderProblem } from "./problems.ts";

/** Each problem as `CODE line:column marked words | fix`. */
function found(text: string, options: LoadOptions = {}): string[] {
  return loadWorkflow(text, options).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${column} ${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

describe("a file with many mistakes", () => {
  it("lists twenty of twenty different kinds, in order, each at its place", () => {
    const text = `nam: x
inputs:
  target: strin
limits: {cost: 5 EUR}
workspace: runs
agent: clade
resources: {gpu: 0}
chain:
  error_strategy: stopp
  steps:
    - name: scan
      command: /qery
      timeout: soon
      params: "\${ inputs.taget }"
    - name: scan
      run: echo \${ scan.output }
    - name: fix
      command: /task
      run: ls
      retry: [1]
      depends_on: [scann]
      output: {type: objekt}
    - name: a
      run: "true"
      when: scan.output == 'yes'
      depends_on: [b]
    - name: b
      run: "true"
      depends_on: [a]
      uses: [gpus]
    - name: inputs
      run: "true"
      when: "1 +"
    - coverage: other
    - name: late
      run: "true"
      when: late.status == 'verified'
    - 5
`;
    const options = { commands: ["query", "task"], agents: ["claude-code", "claude"] };
    expect(found(text, options)).toEqual([
      'UNKNOWN_KEY 1:1 nam | write "name"',
      'BAD_VALUE 3:11 strin | write "string"',
      "BAD_VALUE 4:16 5 EUR | write an amount in US dollars such as 10, 10 USD or $10",
      'BAD_VALUE 5:12 runs | write "run"',
      'UNKNOWN_AGENT 6:8 clade | write "claude"',
      "BAD_VALUE 7:18 0 | write an object of resource names and how many steps may hold each, such as {gpu: 2}",
      'BAD_VALUE 9:19 stopp | write "stop"',
      'UNKNOWN_COMMAND 12:16 /qery | write "/query"',
      expect.stringMatching(/^BAD_VALUE 13:16 soon \| write a duration above zero/) as string,
      'UNKNOWN_NAME 14:19 inputs.taget | write "inputs.target"',
      "DUPLICATE_NAME 15:13 scan | give one of the two another name",
      expect.stringMatching(/^SHELL_TEMPLATE 16:17 /) as string,
      "BAD_VALUE 19:7 run | write two steps",
      "WRONG_TYPE 20:14 [1] | write an object of keys and values",
      'UNKNOWN_STEP 21:20 scann | write "scan"',
      'BAD_VALUE 22:22 objekt | write "object"',
      "CYCLE 23:13 a | take one of these out: a needs b (depends_on); b needs a (depends_on)",
      expect.stringMatching(/^FREE_TEXT_COMPARED 25:13 scan.output \| give "scan" an output: /) as string,
      'UNKNOWN_NAME 30:14 gpus | add "resources: {gpus: 1}" to the workflow',
      'BAD_VALUE 31:13 inputs | choose another name, such as "inputs_step"',
      expect.stringMatching(/^EXPRESSION_SYNTAX 33:\d+ /) as string,
      "NOT_SUPPORTED 34:7 coverage | write it as a gate: `gates: [{coverage: {file: coverage/lcov.info, lines: 80}}]`",
      "NEVER_RUNS 37:13 late.status | refer to it in its gates only, or to an earlier step",
      "WRONG_TYPE 38:7 5 | write an object of keys and values",
    ]);
    const codes = new Set(loadWorkflow(text, options).problems.map((problem) => problem.code));
    expect(codes.size).toBeGreaterThanOrEqual(14);
  });

  it("gives no workflow, while warnings alone do not stand in its way", () => {
    expect(loadWorkflow("chain: [{run: a, x: 1}]").workflow).toBeUndefined();
    const claimed = loadWorkflow("workflow_id: x\ncommands: [{command: /task, quality_gates: [tdd]}]");
    expect(claimed.problems).toMatchObject([{ severity: "warning", code: "JUDGED" }]);
    expect(claimed.workflow).toBeDefined();
  });

  it("of 10,000 steps is read and checked in the time that reading YAML takes", () => {
    const steps = Array.from({ length: 10_000 }, (_, at) => {
      const before = at > 0 ? `, depends_on: [s${at - 1}], when: "s${at - 1}.status == 'verified'"` : "";
      return `- {name: s${at}, run: "echo \${{ inputs.x }}", writes: [out/${at}/**]${before}}\n`;
    });
    const start = performance.now();
    const { workflow, problems } = loadWorkflow(`inputs: {x: string}\nchain:\n${steps.join("")}`);
    expect(performance.now() - start).toBeLessThan(25_000);
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps).toHaveLength(10_000);
  });

  const many = Array.from({ length: 20_000 }, (_, at) => at);
  const names = many.map((at) => `{name: s-${at}, run: x}`);
  it.each([
    [
      "steps that wait for none",
      `chain:\n${many.map((at) => `- {run: x, depends_on: [q${at}]}`).join("\n")}`,
    ],
    [
      "conditions on none",
      `chain:\n${many.map((at) => `- {name: s${at}, run: x, when: "q${at}"}`).join("\n")}`,
    ],
    [
      "names with a dash",
      `chain: [${names.join(", ")}, ${names.map(() => "{run: x, when: a - b}").join(", ")}]`,
    ],
    ["mistakes on one line", JSON.stringify({ chain: many.map((at) => ({ name: `é😀${at}`, rum: "x" })) })],
    ["references in one text", `chain:\n- run: |\n${many.map((at) => `    \${{ q${at} }}`).join("\n")}`],
    [
      "steps in one circle",
      `chain:\n${many.map((at) => `- {name: s${at}, run: x, depends_on: [s${(at + 1) % 20_000}]}`).join("\n")}`,
    ],
    [
      "fallbacks on none",
      `chain:\n${many.map((at) => `- {run: x, error_strategy: {fallback: q${at}}}`).join("\n")}`,
    ],
  ])("that are %s are found in time in proportion to the file", (_, text) => {
    const start = performance.now();
    const { problems } = loadWorkflow(text);
    expect(performance.now() - start).toBeLessThan(25_000);
    expect(problems.length).toBeGreaterThan(0);
    const longest = Math.max(...problems.map((problem) => JSON.stringify(problem).length));
    expect(longest).toBeLessThan(10_000);
  });

  it("on one very long line shows the part around each mistake, with its caret", () => {
    const names = Array.from({ length: 300 }, (_, at) => `${"😀".repeat(at % 7)}é${at}`);
    const text = JSON.stringify({ chain: names.map((name) => ({ name, rum: "x" })) });
    const problems = loadWorkflow(text).problems.filter(({ code }) => code === "UNKNOWN_KEY");
    expect(problems).toHaveLength(300);
    for (const problem of problems) {
      const { column = 0, length = 0, text: part = "", skipped = 0 } = problem.source ?? {};
      const from = column - 1 - skipped;
      expect(
        Array.from(part)
          .slice(from, from + length)
          .join(""),
      ).toBe('"rum"');
      expect(part.isWellFormed()).toBe(true);
      expect(part.length).toBeLessThan(1000);
      const [, , line = "", caret = ""] = renderProblem(problem).split("\n");
      expect(caret).toMatch(/ \^{5}$/);
      expect(line.length).toBeGreaterThan(60);
    }
    const [, , last = ""] = renderProblem(problems.at(-1) as Problem).split("\n");
    expect(last).toMatch(/^ {2}\| ….*"rum":"x"\}\]\}$/u);
  });

  it("is read in reasonable time when it is nothing but mistakes", () => {
    const steps = Array.from(
      { length: 3000 },
      (_, at) => `- {name: step_${at}, rum: x, depends_on: [stop_${at}]}\n`,
    );
    const start = performance.now();
    expect(loadWorkflow(`chain:\n${steps.join("")}`).problems.length).toBeGreaterThanOrEqual(6000);
    expect(performance.now() - start).toBeLessThan(25_000);
  });
});

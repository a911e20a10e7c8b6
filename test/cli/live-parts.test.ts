import { describe, expect, it } from "vitest";
import { bin } from "../program.ts";
import { TmuxTerminal, hasTmux } from "./tmux.ts";
import { Project } from "./tutti.ts";
const tutti = `'${process.execPath}' '${bin}'`;

/** Its loop goes on when the test makes the file `go`. */
const workflow = `
name: wide
chain:
  parallel_where_possible: true
  steps:
    - {name: list, run: "node -p 'JSON.stringify([...Array(200).keys()])'", output: {type: array, items: {type: integer}}}
    - name: polish
      repeat: {until: "polish.last.work >= 63", max: 30, plateau: {of: polish.last.work, rounds: 5}}
      steps:
        - name: work
          run: until [ \${{ polish.round }} -lt 3 ] || [ -e go ]; do sleep 0.05; done; echo $(( 60 + \${{ polish.round }} ))
          output: {type: integer}
    - name: route
      depends_on: [list]
      flow:
        conditions:
          - if: "list.output.size() > 100"
            then: [{name: many, run: "until [ -e go ]; do sleep 0.05; done"}]
    - name: review
      for_each: {items: "\${ list.output }", as: n, key: n}
      steps: [{name: look, run: "echo looking at \${{ n }}; test \${{ n }} != 150 || { until [ -e go ]; do sleep 0.05; done; }; test \${{ n }} != 7"}]
      error_strategy: continue_on_failure
`;

describe.skipIf(!hasTmux)("a run with 200 items and a loop in a real terminal", () => {
  it("shows the way, the round, the items at work and those that failed, and leaves these behind", async () => {
    const project = new Project({ "flow.yaml": workflow });
    const terminal = new TmuxTerminal({ cwd: project.dir, columns: 110, rows: 20 });
    terminal.type(`${tutti} run flow.yaml; echo status=$?`);
    const late = await terminal.until(
      (screen) => screen.includes("199 of 200 items, 1 failed, 1 at work"),
      "the last item",
    );
    expect(late).toMatch(/^20[0-9] of 20[0-9] done · 3 running · 1 failed/m);
    expect(late).toMatch(/^ {2}● polish +running +\d+s {2}round 3 of at most 30, best 62$/m);
    expect(late).toMatch(/^ {2}● {3}#3 work +running/m);
    expect(late).toMatch(/^ {2}● route +running +\d+s {2}→ then: list.output.size\(\) > 100 is true/m);
    expect(late).toMatch(/^ {2}● {3}many +running/m);
    expect(late).toMatch(/^ {2}✗ {3}\[7\] look +failed/m);
    expect(late).toMatch(/^ {2}● {3}\[150\] look +running +\d+s {2}looking at 150$/m);
    for (const [columns, rows] of [
      [60, 12],
      [30, 6],
    ] as const) {
      terminal.resize(columns, rows);
      const small = await terminal.until((screen) => screen.includes("executing"), "a smaller frame");
      expect(small.split("\n").every((line) => line.length <= columns)).toBe(true);
    }
    terminal.resize(110, 40);
    await terminal.until((screen) => screen.includes("199 of 200 items"), "the wide frame");
    project.write({ go: "" });
    const end = await terminal.until((screen) => /status=\d/.test(screen), "the end of the run");
    expect(end).toContain("status=5");
    expect(end).toMatch(/round 3 of at most 30, best 63/);
    expect(end).toMatch(/200 items, 1 failed\n {2}✗ {3}\[7\] look +failed/);
    expect(end).toMatch(/… 199 more: 199 verified/);
    expect(end).toMatch(/205 steps: 204 verified · 1 failed/);
  }, 60_000);
});

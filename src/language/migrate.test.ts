import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isTuttiError } from "../errors.ts";
import { loadWorkflow } from "./load.ts";
import { migrate } from "./migrate.ts";

describe("migrate", () => {
  it("writes the canonical form, names first, steps last, comments beside what they belong to", () => {
    const text = `# About this file
# in two lines

/chain:  # the chain
  # first the options
  options:
    save_state: true   # needed
    parallel_where_possible: true
  # the steps
  steps:
    # look around
    - command: "/query" # which
      name: look
      # how
      params: "find \${ inputs }"
    - name: fix
      command: /task
      depends_on: ["look"]
# the end
`;
    const { text: migrated, notes } = migrate(text);
    expect(migrated).toBe(`# About this file
# in two lines

save_state: true # needed
# the chain
# first the options
chain:
  parallel_where_possible: true
  # the steps
  # look around
  steps:
    - name: look
      command: /query # which
      # how
      params: find \${ inputs }
    - name: fix
      command: /task
      depends_on: [ look ]

# the end
`);
    expect(notes).toEqual([]);
  });

  it("keeps every comment, at the end when its place is gone, and prose as comments", () => {
    const text = `
workflow_id: x # one
pattern: sequential # two
commands: # three
  # four
  - command: /query # five
    quality_gates: # six
      - tdd # seven
      # eight
    rollback_point: true # nine
# ten
rollback_strategy: go back # eleven
`;
    const { text: migrated, notes } = migrate(text);
    expect(migrated).toContain("            - tdd # seven\n");
    const words = "one two three four five six seven eight nine ten eleven".split(" ");
    for (const word of words) expect(migrated.match(new RegExp(`# ${word}\\b`, "g")), word).toHaveLength(1);
    expect(migrated).toContain("# rollback_strategy, kept as a note: go back");
    expect(notes.join("\n")).toMatch(/kept as a note: go back[^]*"quality_gates"[^]*"rollback_point"/);
    expect(loadWorkflow(migrated).workflow).toEqual(loadWorkflow(text).workflow);
  });

  it("gives JSON and snippets as YAML, and canonical YAML back as it is", () => {
    expect(migrate('{"chain": [{"run": "ls -l"}], "name": "x"}').text).toBe(
      "name: x\nchain:\n  - run: ls -l\n",
    );
    const canonical = "chain: # c\n- run:   x\n";
    expect(migrate(canonical)).toEqual({ text: canonical, notes: ["the file is in canonical form already"] });
  });

  it("throws the text's own problems when there is nothing to write", () => {
    const codes = ["/pipelines: {}", 'a: "x'].map((text) => {
      try {
        return migrate(text).text;
      } catch (error) {
        return isTuttiError(error) ? error.code : error;
      }
    });
    expect(codes).toEqual(["UNKNOWN_KEY", "YAML_SYNTAX"]);
  });

  it("refuses a key that means nothing, and what a translation cannot place", () => {
    const routes = "routing_logic:\n- {condition: otherwise, route_to: /task}\n";
    const thrownBy = (text: string): unknown => {
      try {
        return migrate(text);
      } catch (error) {
        return error;
      }
    };
    expect(thrownBy(`workflow_id: x\ngoal: y\n${routes}`)).toMatchObject({
      code: "UNKNOWN_KEY",
      message: 'Cannot read "goal": a workflow has no such key',
    });
    const graph = "workflow_id: x\ndependencies: {a: [b]}\ncommands: [/task]";
    expect(thrownBy(graph)).toMatchObject({ code: "UNKNOWN_STEP" });
  });

  it("asks the criteria of a workflow that routes at its end, comments once", () => {
    const text = `
workflow_id: x
start_command: /query
routing_logic:
  - { condition: simple, evaluation: complexity < 3, route_to: /task }
  - { condition: otherwise, route_to: /fix }
# what must hold
quality_gates: [tdd] # kept
success_criteria: { fast: it is fast }
`;
    const { text: migrated, notes } = migrate(text);
    const context = { workflow: { quality_gates: ["tdd"], success_criteria: ["fast: it is fast"] } };
    expect(parse(migrated)).toMatchObject({
      gates: [
        { judge: { criteria: ["tdd"] }, name: "quality_gates" },
        { judge: { criteria: ["fast: it is fast"] }, name: "success_criteria" },
      ],
      chain: {
        steps: [
          { name: "query", context },
          { switch: { cases: { simple: { steps: [{ name: "task", context }] } }, default: [{ context }] } },
        ],
      },
    });
    expect(migrated.match(/# (what must hold|kept)/g)).toHaveLength(2);
    expect(notes).toMatchObject(
      [/"quality_gates"/, /"success_criteria"/].map((one) => expect.stringMatching(one)),
    );
    expect(loadWorkflow(migrated).workflow).toEqual(loadWorkflow(text).workflow);
  });

  it("finds the mistakes of routes that are no list, also where criteria stand beside them", () => {
    for (const routes of ["{cases: {a: 1}}", "{a: 1}", "soon", "[{condition: a > 1, route_to: /a}, 5]"]) {
      const { workflow, problems } = loadWorkflow(
        `workflow_id: x\nquality_gates: [a]\nrouting_logic: ${routes}`,
      );
      expect([workflow, problems.length > 0], routes).toEqual([undefined, true]);
    }
  });
});

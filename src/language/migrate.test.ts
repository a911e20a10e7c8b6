import { describe, expect, it } from "vitest";
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
    const words = "one two three four five six seven eight nine ten eleven".split(" ");
    for (const word of words) expect(migrated.match(new RegExp(`# ${word}\\b`, "g")), word).toHaveLength(1);
    expect(migrated).toContain("# rollback_strategy, kept as a note: go back");
    expect(notes.join("\n")).toMatch(/kept as a note: go back[^]*"tdd"[^]*"rollback_point"/);
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
    const codes = ["/swarm: {}", 'a: "x'].map((text) => {
      try {
        return migrate(text).text;
      } catch (error) {
        return isTuttiError(error) ? error.code : error;
      }
    });
    expect(codes).toEqual(["NOT_SUPPORTED", "YAML_SYNTAX"]);
  });
});

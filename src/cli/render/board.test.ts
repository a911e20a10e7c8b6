import { describe, expect, it } from "vitest";
import type { BoardShown } from "../../core/board-shown.ts";
import { boardLines, swarmLines } from "./board.ts";

const entry = (by: string, topic: string, rest: Partial<BoardShown["entries"][number]> = {}) => ({
  by,
  topic,
  value: "x",
  address: by,
  ...rest,
});

describe("a blackboard as it is shown", () => {
  it("has each entry on a line: who, of what, the first words", () => {
    const entries = [
      entry("ann", "fact", { key: "a\nb", value: { answer: "y".repeat(200) }, note: "sure" }),
      entry("bob", "plan", { value: { a: 1, b: [2] } }),
    ];
    expect(boardLines({ entries, conflicts: [] })).toEqual([
      "  blackboard: 2 entries",
      `    ann: fact a b: ${"y".repeat(79)}… (sure)`,
      '    bob: plan: {"a":1,"b":[2]}',
    ]);
    expect(boardLines({ entries: [], conflicts: [] })).toEqual(["  blackboard: nothing is on it"]);
  });

  it("has of many entries the last", () => {
    const entries = Array.from({ length: 60 }, (_, index) => entry("ann", `t${index}`));
    const lines = boardLines({ entries, conflicts: [] });
    expect(lines.slice(0, 3)).toEqual([
      "  blackboard: 60 entries",
      "    … 10 entries before: see --json",
      "    ann: t10: x",
    ]);
    expect(lines).toHaveLength(52);
  });

  it("has what did not come onto it, and why", () => {
    const refused = [{ by: "ann", address: "g/a", why: 'posts[0]: there is no topic "x"' }];
    expect(boardLines({ entries: [], conflicts: [], refused })).toEqual([
      "  blackboard: nothing is on it",
      "  not taken onto it: 1 entry",
      '    ann: posts[0]: there is no topic "x"',
    ]);
  });

  it("says where agents disagree, and what holds", () => {
    const conflict = {
      topic: "fact",
      key: "k",
      values: [
        { by: "ann", value: 1 },
        { by: "bob", value: "two" },
      ],
    };
    const conflicts = [
      { ...conflict, resolved: true, value: 1, rule: "first" },
      { ...conflict, resolved: false, value: null, rule: "none" },
    ];
    expect(boardLines({ entries: [], conflicts }).slice(0, 2)).toEqual([
      "  disagreed on fact k: ann 1; bob two → 1 holds (first)",
      "  disagreed on fact k: ann 1; bob two → none holds (none)",
    ]);
  });
});

describe("what a swarm gave", () => {
  const board: BoardShown = { topology: "hierarchical", entries: [], conflicts: [] };
  const contributions = [
    entry("ann", "result", { key: "input" }),
    entry("ann", "result", { key: "names" }),
    entry("bob", "result", { key: "bob" }),
    entry("cyd", "result"),
  ];

  it("is who did what, what is missing, and the answer", () => {
    const output = { answer: { a: 1 }, decision: null, contributions, conflicts: [], failed: ["loop"] };
    expect(swarmLines(board, output)).toEqual([
      "  done by: ann (input, names); bob; cyd",
      "  missing: loop",
      "  answer:",
      "    {",
      '      "a": 1',
      "    }",
    ]);
  });

  it("is what was decided, and who was against it and why", () => {
    const count = { weight: 1, voters: ["ann"], votes: 1, reasons: [{ voter: "ann", reason: "why" }] };
    const decision = {
      decision: "yes",
      decided_by: "count",
      reason: "enough",
      counts: [{ option: "yes", ...count }],
      abstained: [],
      absent: [],
      invalid: [],
    };
    const output = { answer: "yes", decision, contributions: [], conflicts: [], failed: [] };
    expect(swarmLines(board, output)).toEqual([
      "  decision: yes, by the count (enough)",
      "  yes: 1 vote: ann",
      "    ann: why",
      "  answer:",
      "    yes",
    ]);
  });

  it("is not looked for in other outputs", () => {
    expect(swarmLines({ entries: [], conflicts: [] }, { contributions: [] })).toBeUndefined();
    for (const output of [undefined, null, "x", {}]) expect(swarmLines(board, output)).toBeUndefined();
    expect(swarmLines(board, { contributions: null })).toEqual(["  answer:", "    null"]);
  });
});

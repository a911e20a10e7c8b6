import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BoardResolve } from "../../language/workflow.ts";
import { type BoardEntry, boardView } from "./blackboard.ts";

const wrote = (by: string, value: number, rest: Partial<BoardEntry> = {}): BoardEntry => ({
  by,
  topic: "port",
  key: "http",
  value,
  ...rest,
});
const factOf = (entries: readonly BoardEntry[], resolve: BoardResolve): unknown =>
  (boardView(entries, resolve)["facts"] as { port?: { http?: unknown } }).port?.http;

describe("boardView", () => {
  it("gives the entries as they came", () => {
    const entries = [wrote("ann", 1, { note: "guess" }), { by: "bob", topic: "hint", value: "x" }];
    expect(boardView(entries, "latest")["entries"]).toEqual([
      { by: "ann", topic: "port", key: "http", value: 1, note: "guess" },
      { by: "bob", topic: "hint", value: "x" },
    ]);
  });

  it("takes what agents agree on for a fact, and nothing without a key", () => {
    expect(boardView([wrote("ann", 1), wrote("bob", 1)], "none")).toMatchObject({
      facts: { port: { http: 1 } },
      conflicts: [],
    });
    expect(boardView([{ by: "ann", topic: "hint", value: 1 }], "latest")).toMatchObject({
      facts: {},
      conflicts: [],
    });
  });

  it("finds no conflict where one agent thinks better of it", () => {
    const view = boardView([wrote("ann", 1), wrote("bob", 2), wrote("ann", 2)], "none");
    expect(view).toMatchObject({ facts: { port: { http: 2 } }, conflicts: [] });
  });

  it("tells apart keys and topics whose texts run together", () => {
    const entries = [
      wrote("ann", 1, { topic: "a", key: "b c" }),
      wrote("bob", 2, { topic: "a b", key: "c" }),
    ];
    expect(boardView(entries, "none")["conflicts"]).toEqual([]);
  });

  it("resolves a conflict by the rule", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2), wrote("cyd", 2), wrote("ann", 3)];
    expect(factOf(entries, "latest")).toBe(3);
    expect(factOf(entries, "first")).toBe(3); // of who spoke first what she says now
    expect(factOf(entries, "majority")).toBe(2);
    expect(factOf(entries, "none")).toBeUndefined();
    expect(factOf(entries, { priority: ["dan", "cyd", "ann"] })).toBe(2);
    expect(factOf(entries, { priority: ["dan"] })).toBeUndefined();
  });

  it("says what the conflict was and what became of it", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2)];
    expect(boardView(entries, "majority")["conflicts"]).toEqual([
      {
        topic: "port",
        key: "http",
        values: [
          { by: "ann", value: 1 },
          { by: "bob", value: 2 },
        ],
        resolved: false,
        value: null,
        rule: "majority",
      },
    ]);
    expect(boardView(entries, { priority: ["bob"] })["conflicts"]).toMatchObject([
      { resolved: true, value: 2, rule: "priority" },
    ]);
  });

  it("counts a majority and a priority alike in whatever order entries came", () => {
    const entry = fc.record({
      by: fc.constantFrom("a", "b", "c", "d"),
      value: fc.integer({ min: 1, max: 3 }),
    });
    const once = fc.uniqueArray(entry, { selector: ({ by }) => by });
    const rules: readonly BoardResolve[] = ["majority", "none", { priority: ["c", "a"] }];
    fc.assert(
      fc.property(once, fc.constantFrom(...rules), fc.nat(), (written, rule, turn) => {
        const entries = written.map(({ by, value }) => wrote(by, value));
        const cut = entries.length === 0 ? 0 : turn % entries.length;
        const turned = [...entries.slice(cut), ...entries.slice(0, cut)];
        expect(factOf(turned, rule)).toEqual(factOf(entries, rule));
      }),
    );
  });
});
